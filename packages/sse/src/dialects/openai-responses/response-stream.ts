import { readEvent } from '../../framing/read-event.ts'

/** A response as the API sends it; only what a closing names is typed, the rest is passed on. */
export interface ResponseObject {
  readonly [field: string]: unknown
  readonly error?: { readonly code?: unknown } | null
}

/** An output item as the API sends it. */
export interface OutputItem {
  readonly [field: string]: unknown
  readonly id?: unknown
  readonly type?: unknown
}

/** An open content part, with its text so far if texts are kept. */
export interface OpenPart {
  readonly contentIndex: number
  readonly type: string
  text: string
}

/** What a closing needs of a Responses stream: its snapshot, its items, and the number of its last event. */
export class ResponseStream {
  /** The newest `response` of a lifecycle event. */
  snapshot: ResponseObject | undefined
  /** By output index. */
  readonly openItems: Map<number, OutputItem> = new Map()
  readonly finishedItems: OutputItem[] = []
  /** The upstream has sent an `id` field: comments would make some clients dispatch an empty event. */
  hasIds: boolean = false
  readonly #openParts = new Map<number, OpenPart[]>()
  #last: { readonly bytes: Uint8Array; readonly start: number; readonly end: number } | undefined

  /** Remembers where the last event stands; nothing is read before a closing needs it. */
  noteLast(bytes: Uint8Array, start: number, end: number): void {
    this.#last = { bytes, start, end }
  }

  /** The number for the next event: one above the last one's, or 0. */
  nextSequenceNumber(): number {
    if (this.#last === undefined) return 0
    const { data } = readEvent(this.#last.bytes, this.#last.start, this.#last.end)
    const number = /"sequence_number"\s*:\s*(\d+)/.exec(data)?.[1]
    return number === undefined ? 0 : Number(number) + 1
  }

  openKinds(): ReadonlyMap<number, string> {
    return new Map([...this.openItems].map(([index, { type }]) => [index, typeof type === 'string' ? type : 'unknown']))
  }

  finishItem(index: number, item: OutputItem): void {
    this.openItems.delete(index)
    this.#openParts.delete(index)
    this.finishedItems.push(item)
  }

  startPart(outputIndex: unknown, contentIndex: unknown, type: unknown): void {
    if (typeof outputIndex !== 'number' || typeof contentIndex !== 'number') return
    const part = { contentIndex, type: typeof type === 'string' ? type : 'unknown', text: '' }
    this.#openParts.set(outputIndex, [...this.partsOf(outputIndex), part])
  }

  addText(outputIndex: unknown, contentIndex: unknown, text: string): void {
    if (typeof outputIndex !== 'number') return
    const part = this.partsOf(outputIndex).find((open) => open.contentIndex === contentIndex)
    if (part !== undefined) part.text += text
  }

  partsOf(outputIndex: number): readonly OpenPart[] {
    return this.#openParts.get(outputIndex) ?? []
  }
}
