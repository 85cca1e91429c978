import { isObject, type JsonObject, toSayable, toShort } from '../json.ts'
import { wordOf } from '../upstream-error.ts'

/** A response as the API sends it; what a closing does not name is passed on. */
export type ResponseObject = JsonObject

/** An output item as the API sends it. */
export type OutputItem = JsonObject

/** An open content part, with its text so far if texts are kept. */
export interface OpenPart {
  readonly contentIndex: number
  readonly type: string
  text: string
  /** As the upstream sent it in its end. */
  finished?: JsonObject
}

/** 1 MiB: many times a long answer in text; images and files are beyond it. */
const MAX_KEPT_BYTES = 1024 * 1024
/** The API has a few open at a time, however many there are in a response. */
const MAX_OPEN_ITEMS = 128
const MAX_OPEN_PARTS = 128
/** Stands for open items beyond these. What is folded into one is never taken for finished. */
const UNNAMED_ITEM = -1

/** What a closing needs of a Responses stream: its snapshot, its items, and the number of its last event. */
export class ResponseStream {
  /** The newest `response` of a lifecycle event. */
  snapshot: ResponseObject | undefined
  /** By output index. */
  readonly openItems: Map<number, OutputItem> = new Map()
  /** Some items, parts or texts are not kept. */
  hasForgotten: boolean = false
  /** The upstream has sent an `id` field: comments would make some clients dispatch an empty event. */
  hasIds: boolean = false
  #finishedItems: OutputItem[] = []
  #keptBytes = 0
  #number = -1
  #deltaNumber = -1
  readonly #openParts = new Map<number, OpenPart[]>()

  /** Finished items, for the last word about the response; empty once they are too many to be said again. */
  get finishedItems(): readonly OutputItem[] {
    return this.#finishedItems
  }

  /** The number for the next event: one above the last one that was seen, or 0. */
  nextSequenceNumber(): number {
    return Math.max(this.#number, this.#deltaNumber) + 1
  }

  /** Some events have no number; the ones that have count up. */
  noteNumber(number: unknown): void {
    if (Number.isSafeInteger(number) && (number as number) > this.#number) this.#number = number as number
  }

  /**
   * The number of the last delta, or -1. Of deltas in a row only the last counts, as only that of each push is looked at: what
   * comes of a stream must not depend on how it was cut into chunks.
   */
  noteDelta(number: number): void {
    this.#deltaNumber = Number.isSafeInteger(number) ? number : -1
  }

  /** Another event follows the last delta. */
  settleDelta(): void {
    this.noteNumber(this.#deltaNumber)
    this.#deltaNumber = -1
  }

  openKinds(): ReadonlyMap<number, string> {
    return new Map([...this.openItems].map(([index, { type }]) => [index, wordOf(type)]))
  }

  /** `byteLength` is that of its event. */
  keepSnapshot(response: ResponseObject, byteLength: number): void {
    if (byteLength <= MAX_KEPT_BYTES) this.snapshot = toSayable(response)
    else {
      const names = ['id', 'object', 'created_at', 'model'].map((field) => [field, toShort(response[field])])
      this.snapshot = Object.fromEntries(names) as ResponseObject
    }
  }

  startItem(index: number, item: OutputItem, byteLength: number): void {
    const isNamed = this.openItems.size < MAX_OPEN_ITEMS || this.openItems.has(index)
    if (isNamed && this.#hasRoom(byteLength)) this.openItems.set(index, this.#keep(item))
    else this.openItems.set(isNamed ? index : UNNAMED_ITEM, { type: wordOf(item['type']) })
  }

  finishItem(index: number, item: OutputItem, byteLength: number): void {
    this.openItems.delete(index)
    this.#openParts.delete(index)
    if (this.#hasRoom(byteLength)) this.#finishedItems.push(this.#keep(item))
    else this.#finishedItems = []
  }

  startPart(outputIndex: unknown, contentIndex: unknown, part: unknown): void {
    if (typeof outputIndex !== 'number' || typeof contentIndex !== 'number') return
    const parts = this.#openParts.get(outputIndex) ?? []
    if (!this.openItems.has(outputIndex)) return
    if (parts.length >= MAX_OPEN_PARTS) this.hasForgotten = true
    else parts.push({ contentIndex, type: wordOf(isObject(part) ? part['type'] : undefined), text: '' })
    this.#openParts.set(outputIndex, parts)
  }

  /** A part that the upstream has finished stands as it is. */
  finishPart(outputIndex: unknown, contentIndex: unknown, finished: unknown, byteLength: number): void {
    const part = this.#partAt(outputIndex, contentIndex)
    if (part !== undefined && isObject(finished) && this.#hasRoom(byteLength)) part.finished = this.#keep(finished)
  }

  addText(outputIndex: unknown, contentIndex: unknown, text: string): void {
    const part = this.#partAt(outputIndex, contentIndex)
    if (part !== undefined && this.#hasRoom(text.length)) part.text += text
  }

  partsOf(outputIndex: number): readonly OpenPart[] {
    return this.#openParts.get(outputIndex) ?? []
  }

  #partAt(outputIndex: unknown, contentIndex: unknown): OpenPart | undefined {
    const parts = typeof outputIndex === 'number' ? this.partsOf(outputIndex) : []
    return parts.find((open) => open.contentIndex === contentIndex)
  }

  /** What is kept is bounded, since it is all sent again in one event. */
  #hasRoom(byteLength: number): boolean {
    this.#keptBytes += byteLength
    if (this.#keptBytes > MAX_KEPT_BYTES) this.hasForgotten = true
    return !this.hasForgotten
  }

  #keep(said: JsonObject): JsonObject {
    const sayable = toSayable(said)
    if (sayable !== said) this.hasForgotten = true
    return sayable
  }
}
