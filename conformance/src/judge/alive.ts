import { fail, PASS, type Judge } from './finding.ts'

/** ALIVE-1: the process lives and does its work. */
export const judgeAlive1: Judge = ({ processExit, control }) => {
  if (processExit !== undefined) return fail(`the process ended with ${processExit}`)
  return control.alive ? PASS : fail(control.because)
}
