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
  /** As the upstream sent it in its end. */
  finished?: object
}

/** 1 MiB: many times a long answer in text; images and files are beyond it. */
const MAX_KEPT_BYTES = 1024 * 1024

/** What a closing needs of a Responses stream: its snapshot, its items, and the number of its last event. */
export class ResponseStream {
  /** The newest `response` of a lifecycle event. */
  snapshot: ResponseObject | undefined
  /** By output index. */
  readonly openItems: Map<number, OutputItem> = new Map()
  /** Finished items, for the last word about the response; empty once they are too many to be said again. */
  finishedItems: readonly OutputItem[] = []
  /** Some finished items are not kept. */
  hasForgotten: boolean = false
  /** The upstream has sent an `id` field: comments would make some clients dispatch an empty event. */
  hasIds: boolean = false
  #keptBytes = 0
  #number = -1
  readonly #openParts = new Map<number, OpenPart[]>()
  #last: { readonly bytes: Uint8Array; readonly start: number; readonly end: number } | undefined

  /** Remembers where the last event stands; nothing is read before a closing needs it. */
  noteLast(bytes: Uint8Array, start: number, end: number): void {
    this.#last = { bytes, start, end }
  }

  /** The number for the next event: one above the last one that was seen, or 0. */
  nextSequenceNumber(): number {
    const data = this.#last === undefined ? '' : readEvent(this.#last.bytes, this.#last.start, this.#last.end).data
    this.noteNumber(Number(/"sequence_number"\s*:\s*(\d+)/.exec(data)?.[1]))
    return this.#number + 1
  }

  /** Some events have no number; the ones that have count up. */
  noteNumber(number: unknown): void {
    if (typeof number === 'number' && number > this.#number) this.#number = number
  }

  openKinds(): ReadonlyMap<number, string> {
    return new Map([...this.openItems].map(([index, { type }]) => [index, typeof type === 'string' ? type : 'unknown']))
  }

  /** `byteLength` is that of its event: what is kept is bounded, since it is all sent again in one event. */
  finishItem(index: number, item: OutputItem, byteLength: number): void {
    this.openItems.delete(index)
    this.#openParts.delete(index)
    this.#keptBytes += byteLength
    if (this.#keptBytes > MAX_KEPT_BYTES) this.hasForgotten = true
    this.finishedItems = this.hasForgotten ? [] : [...this.finishedItems, item]
  }

  startPart(outputIndex: unknown, contentIndex: unknown, type: unknown): void {
    if (typeof outputIndex !== 'number' || typeof contentIndex !== 'number') return
    const part = { contentIndex, type: typeof type === 'string' ? type : 'unknown', text: '' }
    this.#openParts.set(outputIndex, [...this.partsOf(outputIndex), part])
  }

  /** A part that the upstream has finished stands as it is. */
  finishPart(outputIndex: unknown, contentIndex: unknown, finished: object | undefined): void {
    if (typeof outputIndex !== 'number' || finished === undefined) return
    const part = this.partsOf(outputIndex).find((open) => open.contentIndex === contentIndex)
    if (part !== undefined) part.finished = finished
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
