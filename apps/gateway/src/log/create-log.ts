import pino, { type DestinationStream, type Logger } from 'pino'
import { toLine } from './to-line.ts'

/** Log lines that wait for a slow reader. */
const LOG_BUFFER_BYTES = 4 * 1024 * 1024

/** The log of a gateway. */
export interface GatewayLog {
  readonly log: Logger
  /** Lines that nobody took in time, and that were dropped. */
  readonly droppedLines: number
  /** Takes no more lines, and calls back when all are written; never, if they cannot be. */
  close(done: () => void): void
}

/**
 * The log goes to stderr: JSON lines, or on a terminal one sentence per line; stdout is for the one line that says the gateway
 * is ready. Neither a reader that stops reading nor a full disk must stop the gateway: beyond 4 MiB lines are dropped, and counted.
 *
 * @param options.verbose whether `debug` lines are written.
 */
export async function createLog(options: {
  readonly verbose: boolean
  readonly terminal: boolean
}): Promise<GatewayLog> {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: LOG_BUFFER_BYTES })
  let droppedLines = 0
  // A full disk would end the process otherwise. What waits is tried again with the next line.
  destination.on('error', () => undefined)
  // As the process exits it would try for ever what nobody takes, with everything at a standstill. `close` has had its time.
  destination.flushSync = () => undefined
  destination.on('drop', () => droppedLines++)
  const stream = options.terminal ? await forTerminal(destination) : destination
  return {
    log: pino({ base: null, level: options.verbose ? 'debug' : 'info' }, stream),
    get droppedLines() {
      return droppedLines
    },
    close(done) {
      destination.once('close', done)
      destination.end()
    },
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
