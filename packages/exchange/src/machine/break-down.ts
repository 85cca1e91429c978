import { createFault } from '@stopbit/faults'
import { leaveIncomplete } from './close.ts'
import type { Core } from './core.ts'
import { giveUp } from './end-answer.ts'

/**
 * A step of the machine has thrown: a defect of ours, that some bytes nobody thought of have brought about. The exchange ends
 * all the same, now: with a true error if one can still be said, else with the framing incomplete.
 */
export function breakDown(core: Core, defect: unknown): void {
  const fault = createFault('internal', { code: nameOf(defect) })
  core.sink.broken?.(describe(defect))
  try {
    giveUp(core, fault)
  } catch {
    core.record.note({ fault })
    leaveIncomplete(core, fault)
  }
}

/** What was thrown and where, without its message: that may quote a prompt or a key. */
function describe(defect: unknown): Error {
  const error = new Error(`A defect of Stopbit ended an exchange (${nameOf(defect)})`)
  const frames = defect instanceof Error ? defect.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined
  if (frames !== undefined) error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n')
  return error
}

function nameOf(defect: unknown): string {
  return defect instanceof Error && /^\w{1,64}$/.test(defect.name) ? defect.name : 'unknown'
}
