import type { HeaderList } from './sink.ts'

/** They describe the body and how it is framed: what an application set for a body of its own is wrong here, whatever it is. */
const OF_THE_BODY = new Set([
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'keep-alive',
  'last-modified',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Keep caches and buffers off a stream: ours, where we have one. */
const OF_THE_WAY = new Set(['cache-control', 'x-accel-buffering'])

/** Fields of which both sides' count. */
const LISTS = new Set(['link', 'proxy-status', 'server-timing', 'set-cookie', 'vary', 'via'])

/**
 * The head of a response for which an application has set headers before it handed its request over. Its own stay, and win
 * over those of the upstream: CORS, cookies, ids, security policies. What describes the body is ours alone.
 *
 * @param ours as the exchange gives them to its sink.
 * @param set by the application.
 */
export function mergeHeaders(ours: HeaderList, set: HeaderList): string[] {
  const namesOfOurs = namesOf(ours)
  const merged = keep(set, (name) => !OF_THE_BODY.has(name) && !(OF_THE_WAY.has(name) && namesOfOurs.has(name)))
  const namesOfSet = namesOf(merged)
  merged.push(...keep(ours, (name) => LISTS.has(name) || !namesOfSet.has(name)))
  return merged
}

function namesOf(headers: HeaderList): Set<string> {
  return new Set(headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()))
}

function keep(headers: HeaderList, keeps: (name: string) => boolean): string[] {
  return headers.filter((_, i) => keeps((headers[i - (i % 2)] ?? '').toLowerCase()))
}
