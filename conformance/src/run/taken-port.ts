import type { Trace } from '@stopbit/traces'
import { neverConnects } from '../never-connects.ts'
import { digBlackHole } from './black-hole.ts'
import { reservePort } from './reserve-port.ts'
import type { Stage } from './stage.ts'

/** A port that the listener does not have until the trace is over. */
export interface TakenPort {
  readonly port: number
  readonly holds: () => boolean
  readonly release: () => Promise<void> | void
}

/** Whether a trace's upstream refuses connections, or never makes them. */
export function takesPort(trace: Trace): boolean {
  return trace.upstream.connections[0]?.script[0]?.do === 'refuse' || neverConnects(trace)
}

/** The port of such a trace; undefined for others, and when the harness is to leave the fault out. */
export async function takePort(stage: Stage): Promise<TakenPort | undefined> {
  const first = stage.trace.upstream.connections[0]?.script[0]
  if (first === undefined || !takesPort(stage.trace)) return undefined
  if (stage.beginStep(first) === 'skip') return undefined
  if (first.do === 'refuse') return { ...(await reservePort()), holds: () => true }
  stage.beginStall('connectTimeoutMs')
  return await digBlackHole()
}
