import type { ExchangeRecord } from './record.ts'
import type { StallWarning } from './sink.ts'

/** An exchange that is under way: its record so far. */
export interface LiveExchange extends Omit<ExchangeRecord, 'ending' | 'durationMs'> {
  /** When the last byte of the upstream came, or its head; missing before that, and once its body is over. */
  readonly lastUpstreamMs?: number
}

/** An exchange has begun. */
export interface ExchangeStart {
  readonly id: string
  /** The record so far, made when it is asked for. */
  live(): LiveExchange
}

/**
 * The channels of `node:diagnostics_channel` that every exchange of the process is told on, whichever adapter carries it:
 *
 * - `stopbit:exchange:start`: an `ExchangeStart`, in the same tick and async context as the request.
 * - `stopbit:exchange`: its `ExchangeRecord`, exactly once, when it is over.
 * - `stopbit:stall`: a `StallWarning`.
 *
 * Messages belong to all subscribers: nobody may change them. What a subscriber throws is an uncaught exception of the
 * process, as it is on all such channels. A runtime without `process.getBuiltinModule` has no channels.
 */
export interface ExchangeMessages {
  readonly 'stopbit:exchange:start': ExchangeStart
  readonly 'stopbit:exchange': ExchangeRecord
  readonly 'stopbit:stall': StallWarning
}

interface Channel<Message> {
  readonly hasSubscribers: boolean
  publish(message: Message): void
}

/** As far as it is needed here: this package compiles without Node's types. */
interface Process {
  getBuiltinModule?(name: 'node:diagnostics_channel'): { channel<Message>(name: string): Channel<Message> } | undefined
}

const diagnostics = (globalThis as { process?: Process }).process?.getBuiltinModule?.('node:diagnostics_channel')

function channel<Name extends keyof ExchangeMessages>(name: Name): Channel<ExchangeMessages[Name]> {
  return diagnostics?.channel<ExchangeMessages[Name]>(name) ?? { hasSubscribers: false, publish: () => undefined }
}

/** Without subscribers, telling costs one look at a property: test `hasSubscribers` before a message is made. */
export const STARTS: Channel<ExchangeStart> = channel('stopbit:exchange:start')
export const RECORDS: Channel<ExchangeRecord> = channel('stopbit:exchange')
export const STALLS: Channel<StallWarning> = channel('stopbit:stall')
