import { describe, expect, test } from 'vitest'
import { DECODERS } from '../oracle/decoders/all.ts'
import type { Decoder, Observation } from '../oracle/decoders/decoder.ts'
import { observe } from '../oracle/decoders/observe.ts'
import { DELIVERIES } from '../oracle/deliveries.ts'
import { findDialect } from '../oracle/find-dialect.ts'
import type { Verdict } from '../oracle/judge.ts'
import { CLIENT_LIMITS, type LimitId } from '../oracle/limits.ts'
import { isFailed, renderFailures } from '../oracle/render-table.ts'
import { runCuts, type CutRow } from '../oracle/run-cuts.ts'
import { CANONICAL_STREAMS } from '../oracle/streams/all.ts'
import { DIALECT_IDS, type CanonicalStream, type DialectId } from '../oracle/streams/stream.ts'
import { ENDING_POLICIES, type Closing, type Dialect, type EndingPolicy } from '../src/index.ts'

const encoder = new TextEncoder()

function cutAll(dialect: Dialect, streams: readonly CanonicalStream[], policy: EndingPolicy): Promise<CutRow[]> {
  return runCuts({
    dialect,
    streams,
    decoders: DECODERS.filter((decoder) => decoder.dialect === dialect.id),
    policy,
    deliveries: DELIVERIES.slice(0, 1),
    every: 7,
    isFresh: false,
    onProgress: () => undefined,
  })
}

function decoderOf(id: string): Decoder {
  const decoder = DECODERS.find((known) => known.id === id)
  if (decoder === undefined) throw new Error(`no decoder ${id}`)
  return decoder
}

function streamOf(dialect: DialectId, name: string): CanonicalStream {
  const stream = CANONICAL_STREAMS[dialect].find((known) => known.name === name)
  if (stream === undefined) throw new Error(`no stream ${name}`)
  return stream
}

/** The first events of a stream as they are, then `tail`, then a clean end: without our finalizer. */
function readBare(decoderId: string, stream: CanonicalStream, eventCount: number, tail = ''): Promise<Observation> {
  const events = stream.events.slice(0, eventCount).map(({ lines }) => `${lines.join('\n')}\n\n`)
  const chunks = [encoder.encode(events.join('') + tail)]
  return observe(decoderOf(decoderId), { chunks, contentType: 'text/event-stream' }, stream.request)
}

describe('real clients, reading streams that were cut and finalized', () => {
  for (const id of DIALECT_IDS) {
    for (const policy of ENDING_POLICIES) {
      test(`${id}, policy ${policy}: every cut is a typed error with our sentence, or complete`, async () => {
        const rows = await cutAll(findDialect(id), CANONICAL_STREAMS[id], policy)
        expect(renderFailures(rows)).toBe('')
        expect(rows.every((row) => row.cuts > 500)).toBe(true)
        const verdicts = new Set(rows.flatMap((row) => [...row.counts.keys()]))
        expect(verdicts).toContain('typed error')
        expect(verdicts).toContain('completed')
        expect(verdicts.has('truncated')).toBe(policy === 'truncate')
        expect(verdicts.has('kept partial')).toBe(policy === 'keep-partial' && id === 'anthropic-messages')
      }, 25_000)
    }
  }
})

/** Each proof: the client alone, with bytes of an upstream and a clean end of HTTP, does the same. */
const LIMIT_PROOFS: Readonly<Record<LimitId, () => Promise<void>>> = {
  async 'ai-chat-goes-on-from-an-open-call'() {
    const upstreamError = 'data: {"error":{"message":"The server had an error","type":"server_error"}}\n\n'
    const seen = await readBare(
      'ai streamText (openai-chat)',
      streamOf('openai-chat', 'one tool call'),
      3,
      upstreamError,
    )
    expect(seen).toMatchObject({ outcome: 'typed-error', message: 'The server had an error' })
    expect(seen).toMatchObject({ requestCount: 2, executed: [] })
  },
  async 'run-tools-throws-on-length'() {
    const length = streamOf('openai-chat', 'text').events.at(-2)?.lines[0]?.replace('"stop"', '"length"') ?? ''
    const tail = `${length}\n\ndata: [DONE]\n\n`
    const seen = await readBare('openai chat runTools', streamOf('openai-chat', 'text'), 3, tail)
    expect(seen.message).toBe('Could not parse response content as the length limit was reached')
    expect(seen.outcome).toBe('other-error')
  },
  async 'ai-anthropic-rejects-unknown-events'() {
    const stream = streamOf('anthropic-messages', 'unknown event')
    const seen = await readBare('ai streamText (anthropic-messages)', stream, stream.events.length)
    expect(seen.message).toContain('No matching discriminator')
  },
  async 'responses-stream-rejects-unknown-events'() {
    const stream = streamOf('openai-responses', 'unknown event')
    const seen = await readBare('openai responses stream', stream, stream.events.length)
    expect(seen).toMatchObject({ outcome: 'other-error', message: 'Unhandled response stream event: unknown' })
  },
  async 'genai-resumes-by-itself'() {
    const upstreamError = 'data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}\n\n'
    const decoder = '@google/genai generateContentStream'
    const seen = await readBare(decoder, streamOf('gemini', 'continuation token'), 1, upstreamError)
    expect(seen).toMatchObject({ outcome: 'completed', requestCount: 2 })
    const without = await readBare(decoder, streamOf('gemini', 'text'), 1, upstreamError)
    expect(without).toMatchObject({ outcome: 'typed-error', requestCount: 1 })
  },
}

describe('listed limits', () => {
  for (const { id, decoder, source } of CLIENT_LIMITS) {
    test(`${id}: the bare client does the same (${decoder}; ${source})`, LIMIT_PROOFS[id])
  }
})

describe('the oracle can fail', () => {
  const errorData = '{"type":"error","error":{"type":"api_error","message":"lost"}}'

  async function verdictsOf(close: () => Closing, name: string): Promise<Set<Verdict>> {
    const dialect = { ...findDialect('anthropic-messages'), close }
    const rows = await cutAll(dialect, [streamOf('anthropic-messages', name)], 'error')
    expect(rows.some(isFailed)).toBe(true)
    return new Set(rows.flatMap((row) => [...row.counts.keys()]))
  }

  function closingWith(text: string): () => Closing {
    return () => ({ ending: 'error', bytes: encoder.encode(text) })
  }

  test('a clean end without a closing is a silent success', async () => {
    expect(await verdictsOf(closingWith(''), 'text')).toContain('silent success')
  })

  test('an error event without its event line is a silent success', async () => {
    expect(await verdictsOf(closingWith(`data: ${errorData}\n\n`), 'text')).toContain('silent success')
  })

  test('an error with another sentence is another error', async () => {
    const verdicts = await verdictsOf(closingWith(`event: error\ndata: ${errorData}\n\n`), 'text')
    expect(verdicts).toContain('other error')
  })

  test('half an event let out is a SyntaxError', async () => {
    const seen = await readBare(
      '@anthropic-ai/sdk create',
      streamOf('anthropic-messages', 'text'),
      1,
      'event: x\ndata: {"a\n\n',
    )
    expect(seen.outcome).toBe('syntax-error')
  })

  test('an invented end_turn is a silent success', async () => {
    const delta = '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}'
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    expect(await verdictsOf(closingWith(`event: message_delta\ndata: ${delta}\n\n${stop}`), 'text')).toContain(
      'silent success',
    )
  })

  test('a tool call that was closed for the upstream is an unclosed call that ran', async () => {
    const delta = '{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}'
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    const block = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    const closing = closingWith(`${block}event: message_delta\ndata: ${delta}\n\n${stop}`)
    expect(await verdictsOf(closing, 'one tool call')).toContain('unclosed call run')
  })

  test('a lost connection that reaches the client is another error', async () => {
    const [start] = streamOf('anthropic-messages', 'text').events
    const chunks = [encoder.encode(`${start?.lines.join('\n') ?? ''}\n\n`)]
    const reset = { chunks, contentType: 'text/event-stream', end: 'reset' as const }
    expect(await observe(decoderOf('@anthropic-ai/sdk create'), reset, {})).toMatchObject({ outcome: 'other-error' })
  })
})
