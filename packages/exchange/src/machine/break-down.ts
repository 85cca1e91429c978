import { createFault } from '@stopbit/faults'
import { leaveIncomplete } from './close.ts'
import type { Core } from './core.ts'
import { giveUp } from './end-answer.ts'
import { nameOf, reportDefect } from './observe.ts'

/**
 * A step of the machine has thrown: a defect of ours, that some bytes nobody thought of have brought about. The exchange ends
 * all the same, now: with a true error if one can still be said, else with the framing incomplete.
 */
export function breakDown(core: Core, defect: unknown): void {
  const fault = createFault('internal', { code: nameOf(defect) })
  reportDefect(core.sink, 'A defect of Stopbit ended an exchange', defect)
  try {
    giveUp(core, fault)
  } catch {
    core.record.note({ fault })
    leaveIncomplete(core, fault)
  }
}
