import type { CanonicalRequest } from '../streams/stream.ts'
import type { Decoder, Observation, Outcome, ReadEnd, Sink } from './decoder.ts'
import type { ScriptedResponse } from './transport.ts'

/** Far above what any read takes on a loaded machine (milliseconds), so that only a hang gets there. */
const READ_LIMIT_MS = 5_000

/** Lets a real client read a response, and says what its caller saw. Never throws, never takes longer than 5 s. */
export async function observe(
  decoder: Decoder,
  response: ScriptedResponse,
  request: CanonicalRequest,
): Promise<Observation> {
  const sink: Sink = { text: Array.from({ length: request.answerCount ?? 1 }, () => ''), executed: [] }
  decoder.transport.load(response)
  const end = await settleInTime(decoder.read(sink, request))
  return {
    ...judgeEnd(end),
    text: [...sink.text],
    executed: [...sink.executed],
    requestCount: decoder.transport.requestCount,
  }
}

type Settled = { readonly end: ReadEnd } | { readonly thrown: unknown } | 'hang'

async function settleInTime(read: Promise<ReadEnd>): Promise<Settled> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<'hang'>((resolve) => (timer = setTimeout(() => resolve('hang'), READ_LIMIT_MS)))
  const settled = read.then(
    (end) => ({ end }),
    (thrown: unknown) => ({ thrown }),
  )
  try {
    return await Promise.race([settled, limit])
  } finally {
    clearTimeout(timer)
  }
}

function judgeEnd(settled: Settled): Pick<Observation, 'outcome' | 'message' | 'stopReasons'> {
  if (settled === 'hang') return { outcome: 'hang', message: '', stopReasons: [] }
  if ('thrown' in settled) return { ...readError(settled.thrown), stopReasons: [] }
  const { error, isComplete } = settled.end
  const stopReasons = settled.end.stopReasons.filter((reason) => typeof reason === 'string')
  // What a client reports in its own stream of parts is its form of a typed error, whatever class it has.
  if (error !== undefined) return { ...readError(error, true), stopReasons }
  return { outcome: isComplete ? 'completed' : 'silent-success', message: '', stopReasons }
}

/** Errors that mean "the API said so", by the name of their class: each of these is what its client documents. */
const TYPED_ERRORS = new Set(['APIError', 'ApiError', 'AI_APICallError'])
const SYNTAX_ERRORS = new Set(['SyntaxError', 'AI_JSONParseError'])

function readError(error: unknown, isReported = false): { readonly outcome: Outcome; readonly message: string } {
  const chain = chainOf(error)
  const message = chain.map(textOf).join(' <- ')
  const names = chain.map((link) => (link instanceof Error ? nameOf(link) : ''))
  if (names.some((name) => SYNTAX_ERRORS.has(name))) return { outcome: 'syntax-error', message }
  const isTyped = isReported || names.some((name) => TYPED_ERRORS.has(name))
  return { outcome: isTyped ? 'typed-error' : 'other-error', message }
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let link = error; link !== undefined && !chain.includes(link) && chain.length < 8;) {
    chain.push(link)
    link = link instanceof Error ? link.cause : undefined
  }
  return chain
}

/** SDK classes keep `Error` as their `name`; the class tells. */
function nameOf(error: Error): string {
  return error.name === 'Error' ? error.constructor.name : error.name
}

function textOf(link: unknown): string {
  if (link instanceof Error) return link.message
  return typeof link === 'string' ? link : JSON.stringify(link)
}
