import pino, { type DestinationStream, type Logger } from 'pino'
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
export async function createLog(options: {
  readonly verbose: boolean
  readonly terminal: boolean
}): Promise<GatewayLog> {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: LOG_BUFFER_BYTES })
  let droppedLines = 0
  destination.on('drop', () => droppedLines++)
  const stream = options.terminal ? await forTerminal(destination) : destination
  return {
    log: pino({ base: null, level: options.verbose ? 'debug' : 'info' }, stream),
    get droppedLines() {
      return droppedLines
    },
    flush: (done) => destination.flush(() => done()),
  }
}

/** Loaded only where it is needed: it takes a while. */
async function forTerminal(destination: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty')
  const prettify = prettyFactory({
    // NO_COLOR and the terminal's kind are looked at in there.
    colorize: process.stderr.isTTY && process.stderr.hasColors(),
    hideObject: true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: toLine,
  })
  return { write: (line) => destination.write(prettify(line)) }
}
