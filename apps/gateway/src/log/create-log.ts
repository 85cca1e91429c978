import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import { toLine } from './to-line.ts'

/** Log lines that wait for a slow reader. */
const LOG_BUFFER_BYTES = 4 * 1024 * 1024

/** The log of a gateway. */
export interface GatewayLog {
  readonly log: Logger
  /** Lines that nobody took in time, and that were dropped. */
  readonly droppedLines: number
  /** Calls back when what was logged is written, or cannot be. */
  flush(done: () => void): void
}

/**
 * The log goes to stderr: JSON lines, or on a terminal one sentence per line; stdout is for the one line that says the gateway
 * is ready. A reader that stops reading must not stop the gateway: beyond 4 MiB lines are dropped, and counted.
 *
 * @param options.verbose whether `debug` lines are written.
 */
export function createLog({
  verbose,
  terminal,
}: {
  readonly verbose: boolean
  readonly terminal: boolean
}): GatewayLog {
  const level = verbose ? 'debug' : 'info'
  if (terminal) {
    const stream = pretty({
      destination: 2,
      sync: true,
      hideObject: true,
      translateTime: 'SYS:HH:MM:ss.l',
      messageFormat: toLine,
    })
    return { log: pino({ base: null, level }, stream), droppedLines: 0, flush: (done) => void stream.end(done) }
  }
  const destination = pino.destination({ fd: 2, sync: false, maxLength: LOG_BUFFER_BYTES })
  let droppedLines = 0
  destination.on('drop', () => droppedLines++)
  return {
    log: pino({ base: null, level }, destination),
    get droppedLines() {
      return droppedLines
    },
    flush: (done) => destination.flush(() => done()),
  }
}
