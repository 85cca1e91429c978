/** What a request's body tells that is being read, and who says how much of it is kept; an `Exchange` takes it as it is. */
export interface UploadEvents {
  requestAwaited(): void
  requestChunk(byteLength: number): 'keep' | 'stream'
}

/** Bytes of a request's body, and what is to become of it. */
export interface UploadChunk {
  readonly chunk: Uint8Array
  readonly verdict: 'keep' | 'stream'
}

/**
 * Reads the next bytes of a request's body, as an async iterator or the reader of a web stream give them. Rejects with what
 * `read` rejects with.
 *
 * @returns `undefined` at the end; `not-bytes` if what came is none, since somebody has changed the stream: it is not counted.
 */
export async function readUpload(
  read: () => Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>,
  upload: UploadEvents,
): Promise<UploadChunk | 'not-bytes' | undefined> {
  upload.requestAwaited()
  const { done, value } = await read()
  if (done === true) {
    upload.requestChunk(0)
    return undefined
  }
  return value instanceof Uint8Array ? { chunk: value, verdict: upload.requestChunk(value.byteLength) } : 'not-bytes'
}
