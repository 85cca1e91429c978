import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseTrace, resolveSend, type Trace, type UpstreamStep } from '@stopbit/traces'
import { startRawUpstream, type UpstreamConnection } from './raw-upstream.ts'

const TRACES = new URL('../../../conformance/traces/', import.meta.url)

/** Waits of a trace are played at a twentieth, as the suite does by default. */
const SCALE = 0.05

/** The upstream of a trace, and what it did. */
export interface PlayedTrace {
  readonly url: string
  /** How often the request came, and how often the fault was played. */
  readonly counts: { requests: number; faults: number }
}

/** Reads a trace of the suite by its id. */
export function readTrace(id: string): Trace {
  const file = fileURLToPath(new URL(`${id}.trace.json`, TRACES))
  return parseTrace(readFileSync(file, 'utf8'), file)
}

/**
 * Plays a trace's first script on every connection, or on the first one, and that of `next` on all others. Its barriers wait
 * for `clientIsReady`.
 */
export async function playTrace(
  trace: Trace,
  clientIsReady: () => Promise<void>,
  next: Trace = trace,
): Promise<PlayedTrace> {
  const counts = { requests: 0, faults: 0 }
  const { url } = await startRawUpstream(async (connection) => {
    const script = (connection.count === 1 ? trace : next).upstream.connections[0]?.script ?? []
    for (let again = true; again;) {
      again = false
      for (const step of script) {
        await playStep(step, connection, clientIsReady)
        if (step.do === 'read-request') counts.requests++
        if ('fault' in step && step.fault === true) counts.faults++
        if (step.do === 'loop') again = true
      }
    }
  })
  return { url, counts }
}

async function playStep(
  step: UpstreamStep,
  { socket, readRequest }: UpstreamConnection,
  clientIsReady: () => Promise<void>,
): Promise<void> {
  switch (step.do) {
    case 'read-request':
      return void (await readRequest())
    case 'send':
      return resolveSend(step).writes.forEach((bytes) => socket.write(bytes))
    case 'chunk-end':
      return void socket.write('0\r\n\r\n')
    case 'wait':
      return sleep(step.ms * SCALE)
    case 'barrier':
      return clientIsReady()
    case 'rst':
      return void socket.resetAndDestroy()
    case 'loop':
      return undefined
    default:
      throw new Error(`Cannot play the step "${step.do}": no trace of these tests has it`)
  }
}
