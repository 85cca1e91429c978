import type { DialectId } from './streams.ts'

/** What a caller of a client has seen of one exchange, SDK or not. */
export interface Reading {
  /** All text, in the order in which it came; with that of a failed read. */
  readonly text: string
  /** Tool calls that the client executed, or handed over as complete, by their arguments. */
  readonly calls: readonly string[]
  /** The client's words for how answers ended. */
  readonly stops: readonly string[]
  /** How the read ended. A hang is one that took longer than its limit. */
  readonly end: 'returned' | 'hang' | SeenError
}

/** An error as the caller sees it. */
export interface SeenError {
  /** It is of the kind that the client documents for what the API says. */
  readonly isTyped: boolean
  readonly status: number | undefined
  /** All that a person may read, the causes' texts included. */
  readonly message: string
}

/** A real SDK and a way to read with it. */
export interface SdkClient {
  /** Part of the model's name: lower case and hyphens. */
  readonly id: string
  /** Package and call. */
  readonly name: string
  readonly dialect: DialectId
  /** It executes the tool and asks for the next turn. */
  readonly runsTools: boolean
  /** Its words for the ends of a healthy exchange. */
  readonly stops: readonly string[]
  readonly isTyped: (error: unknown) => boolean
  /** Reads to the end. Rejects with what the client throws; resolves with an error that it only reports. */
  readonly read: (calling: Calling) => Promise<unknown>
}

/** What a client is called with. */
export interface Calling {
  /** The adapter's origin. */
  readonly url: string
  readonly model: string
  readonly seen: Seen
}

/** Collects what comes out of a client, so that a failed read does not lose it. */
export class Seen {
  text = ''
  args = ''
  readonly calls: string[] = []
  readonly stops: string[] = []
  readonly #onProgress: (seen: Seen) => void

  constructor(onProgress: (seen: Seen) => void) {
    this.#onProgress = onProgress
  }

  addText(text: string | null | undefined): void {
    this.text += text ?? ''
    this.#onProgress(this)
  }

  /** Pieces of arguments of a call that may not be whole. */
  addArguments(json: string | undefined): void {
    this.args += json ?? ''
    this.#onProgress(this)
  }

  /** A call that is executed now, or that the client says is complete. Returns what the tool answers. */
  addCall(input: unknown): string {
    this.calls.push(typeof input === 'string' ? input : JSON.stringify(input))
    return '21 °C'
  }

  addStop(reason: string | null | undefined): void {
    if (reason !== null && reason !== undefined) this.stops.push(reason)
  }
}

/** Has a client read one exchange for at most `limitMs`. Never rejects. */
export async function readWith(client: SdkClient, calling: Calling, limitMs: number): Promise<Reading> {
  const { promise: limit, resolve } = Promise.withResolvers<'hang'>()
  const timer = setTimeout(() => resolve('hang'), limitMs)
  const read = client.read(calling).then(
    (reported) => (reported === undefined ? ('returned' as const) : toSeenError(client, reported)),
    (thrown: unknown) => toSeenError(client, thrown),
  )
  const end = await Promise.race([read, limit])
  clearTimeout(timer)
  const { text, calls, stops } = calling.seen
  return { text, calls: [...calls], stops: [...stops], end }
}

function toSeenError(client: SdkClient, error: unknown): SeenError {
  const status = fieldOf(error, 'status') ?? fieldOf(error, 'statusCode')
  return {
    isTyped: client.isTyped(error),
    status: typeof status === 'number' ? status : undefined,
    message: textsOf(error).join(' <- '),
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error))]
  return [error.message, ...(error.cause === undefined || error.cause === error ? [] : textsOf(error.cause))]
}
