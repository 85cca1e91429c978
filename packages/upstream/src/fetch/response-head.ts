import { isStillCoded } from './content-codings.ts'

/** Names and values alternate; cookies are not joined. */
export function toHeaderList({ headers }: Response): string[] {
  return [...headers].flat()
}

/** What may be coded, and has a body. */
export function codingOf({ headers, body }: Response): string | undefined {
  const coding = headers.get('content-encoding')?.trim().toLowerCase()
  return body === null || coding === undefined || coding === '' || coding === 'identity' ? undefined : coding
}

/** Fields that a runtime leaves in the head of a body that it has decoded, although they were those of the coded bytes. */
const OF_CODED_BYTES = new Set(['content-encoding', 'content-length', 'transfer-encoding'])

/** The head of a coded answer, such that it fits the bytes that follow. */
export function fittingHeaders(response: Response, coding: string, firstBytes: Uint8Array): string[] {
  const list = toHeaderList(response)
  const type = response.headers.get('content-type') ?? ''
  if (isStillCoded(coding, firstBytes, type)) return list
  return list.filter((_, i) => !OF_CODED_BYTES.has(list[i - (i % 2)] ?? ''))
}
