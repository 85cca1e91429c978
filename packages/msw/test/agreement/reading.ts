/** What a caller of a client has seen of one exchange. */
export interface Reading {
  readonly text: string
  /** Arguments of tools, as far as they came. */
  readonly args: string
  readonly stops: readonly string[]
  readonly end: ReadingEnd
}

type ReadingEnd =
  | { readonly how: 'returned' }
  | { readonly how: 'hang' }
  | {
      readonly how: 'error'
      /** Name of the class of the error that the caller gets. */
      readonly name: string
      readonly status: number | undefined
      /** What it says, without its causes. */
      readonly message: string
      /** What its causes say. */
      readonly causes: readonly string[]
    }

/** Collects what comes out of a client, so that a failed read does not lose it. */
export class Seen {
  text = ''
  args = ''
  readonly stops: string[] = []
  readonly #onProgress: () => void

  constructor(onProgress: () => void) {
    this.#onProgress = onProgress
  }

  addText(text: string | null | undefined): void {
    this.text += text ?? ''
    this.#onProgress()
  }

  addArguments(json: string | undefined): void {
    this.args += json ?? ''
    this.#onProgress()
  }

  addStop(reason: string | null | undefined): void {
    if (reason !== null && reason !== undefined) this.stops.push(reason)
    this.#onProgress()
  }
}

/** A real client and a way to read with it. Resolves with an error that the client only reports. */
export interface Client {
  readonly id: string
  /** Package and call. */
  readonly name: string
  readonly read: (baseUrl: string, seen: Seen) => Promise<unknown>
}

/** Has a client read one exchange; it hangs when nothing comes out of it for `silenceMs`. Never rejects. */
export async function readWith(client: Client, baseUrl: string, silenceMs: number): Promise<Reading> {
  const { promise: limit, resolve } = Promise.withResolvers<ReadingEnd>()
  const timer = setTimeout(() => resolve({ how: 'hang' }), silenceMs)
  const seen = new Seen(() => timer.refresh())
  const read = client.read(baseUrl, seen).then(
    (reported): ReadingEnd => (reported === undefined ? { how: 'returned' } : endOf(reported)),
    (thrown: unknown): ReadingEnd => endOf(thrown),
  )
  const end = await Promise.race([read, limit])
  clearTimeout(timer)
  return { text: seen.text, args: seen.args, stops: [...seen.stops], end }
}

function endOf(error: unknown): ReadingEnd {
  if (!(error instanceof Error)) {
    return { how: 'error', name: typeof error, status: undefined, message: JSON.stringify(error), causes: [] }
  }
  const status: unknown = 'status' in error ? error.status : Reflect.get(error, 'statusCode')
  return {
    how: 'error',
    name: error.constructor.name,
    status: typeof status === 'number' ? status : undefined,
    message: error.message,
    causes: causesOf(error.cause),
  }
}

function causesOf(cause: unknown): string[] {
  if (cause === undefined) return []
  if (cause instanceof Error) return [`${cause.constructor.name}: ${cause.message}`, ...causesOf(cause.cause)]
  return [Object.prototype.toString.call(cause)]
}

/** The class of an outcome, in words: what has to be the same under replay. */
export function outcomeOf({ end, stops }: Reading): string {
  switch (end.how) {
    case 'hang':
      return 'hangs'
    case 'returned':
      return stops.length > 0 ? `returns: ${stops.join(', ')}` : 'returns without a stop reason'
    case 'error':
      return `throws ${end.name}${end.status === undefined ? '' : ` ${end.status}`}`
    default:
      return end satisfies never
  }
}
