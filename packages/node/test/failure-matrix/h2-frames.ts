/** Frame types and error codes of RFC 9113 §6 and §7, as far as they are needed. */
export const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7 } as const

export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
} as const

export const PREFACE_BYTES = 24
export const END_STREAM = 0x1
const END_HEADERS = 0x4
const ACK = 0x1

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const prefix = Buffer.alloc(9)
  prefix.writeUIntBE(payload.length, 0, 3)
  prefix.writeUInt8(type, 3)
  prefix.writeUInt8(flags, 4)
  prefix.writeUInt32BE(streamId, 5)
  return Buffer.concat([prefix, payload])
}

export const settings = (): Buffer => frame(FRAME.settings, 0, 0, Buffer.alloc(0))
export const settingsAck = (): Buffer => frame(FRAME.settings, ACK, 0, Buffer.alloc(0))
export const pingAck = (payload: Buffer): Buffer => frame(FRAME.ping, ACK, 0, payload)

/** A 200 with these fields. HPACK without its tables: the status by its static index, the rest as literals. */
export function head(streamId: number, fields: Readonly<Record<string, string>>): Buffer {
  const literals = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]),
  )
  return frame(FRAME.headers, END_HEADERS, streamId, Buffer.concat([Buffer.from([0x88]), ...literals]))
}

export function data(streamId: number, bytes: Uint8Array, end?: 'end'): Buffer {
  return frame(FRAME.data, end === undefined ? 0 : END_STREAM, streamId, Buffer.from(bytes))
}

export function rstStream(streamId: number, code: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(code)
  return frame(FRAME.rstStream, 0, streamId, payload)
}

export function goaway(lastStreamId: number, code: number): Buffer {
  const payload = Buffer.alloc(8)
  payload.writeUInt32BE(lastStreamId)
  payload.writeUInt32BE(code, 4)
  return frame(FRAME.goaway, 0, 0, payload)
}

/** DATA on the connection itself, which no peer may send (RFC 9113 §6.1). */
export function badFrame(): Buffer {
  return frame(FRAME.data, 0, 0, Buffer.from('x'))
}

/** The whole frames at the front of the bytes, and what is left. */
export function readFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = []
  let rest = bytes
  while (rest.length >= 9) {
    const end = 9 + rest.readUIntBE(0, 3)
    if (rest.length < end) break
    const streamId = rest.readUInt32BE(5) & 0x7fffffff
    frames.push({ type: rest.readUInt8(3), flags: rest.readUInt8(4), streamId, payload: rest.subarray(9, end) })
    rest = rest.subarray(end)
  }
  return { frames, rest }
}
