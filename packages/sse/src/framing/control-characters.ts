/**
 * Where the first control character is, `limit` if there is none: in JSON on one line, the end of the line. Four bytes at a time; a
 * native search for one of them costs as much as 150 bytes do here, and is slow besides in what is no Buffer.
 */
export function firstControl(view: DataView, from: number, limit: number): number {
  let at = from
  while (at + 8 <= limit && (controlsIn(view.getInt32(at, true)) | controlsIn(view.getInt32(at + 4, true))) === 0)
    at += 8
  while (at < limit && view.getUint8(at) >= 0x20) at++
  return at
}

/** Zero if no byte of the word is below 0x20. Bytes whose highest bit is set are parts of longer characters. */
function controlsIn(word: number): number {
  return (word - 0x20202020) & ~word & 0x80808080
}
