import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StreamInterruptedError } from '../src/index.ts'
import { STREAMING, testFetch } from './caller.ts'
import { answerWith, chunk, LAST_CHUNK, startRawUpstream, STREAM_HEAD, type UpstreamRequest } from './raw-upstream.ts'
import { ANTHROPIC, CHAT, GEMINI, RESPONSES } from './streams.ts'

const STREAMS = [ANTHROPIC, CHAT, RESPONSES, GEMINI]
const SEED = 20_261_121
const COUNT = 400

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Sends a random part of a stream in random pieces, and ends it in a random way; or does not even begin. */
async function misbehave({ socket, head }: UpstreamRequest, random: () => number): Promise<void> {
  const { events } = STREAMS[Number(/[?&]stream=(\d)/.exec(head)?.[1])] ?? ANTHROPIC
  const start = random()
  if (start < 0.05) return void socket.resetAndDestroy()
  if (start < 0.08) return void socket.end('this is no HTTP\r\n\r\n')
  if (start < 0.12) return void socket.write(answerWith('429 Too Many Requests', '{"error":{"message":"Slow down"}}'))
  if (start < 0.14) return // silence
  const bytes = Buffer.from(events.join(''))
  const until = random() < 0.3 ? bytes.byteLength : Math.floor(random() * bytes.byteLength)
  socket.write(STREAM_HEAD)
  for (let at = 0; at < until;) {
    const to = Math.min(until, at + 1 + Math.floor(random() * 400))
    socket.write(chunk(bytes.subarray(at, to)))
    at = to
    if (random() < 0.3) await sleep(1)
  }
  const end = random()
  if (end < 0.3) socket.write(LAST_CHUNK)
  else if (end < 0.6) socket.resetAndDestroy()
  else if (end < 0.85) socket.end()
}

/** What a caller does: mostly it reads, in its own time; sometimes it has enough. */
async function call(url: string, number: number, random: () => number): Promise<string> {
  const stream = STREAMS[number % STREAMS.length] ?? ANTHROPIC
  const target = stream.target + (stream.target.includes('?') ? '&' : '?')
  const whole = stream.events.join('')
  const reason = new Error('the caller has enough')
  const controller = new AbortController()
  const patience = random() < 0.2 ? random() * 60 : Infinity
  if (patience !== Infinity) setTimeout(() => controller.abort(reason), patience)
  // The clocks have to leave a loaded machine the time to read and to answer 400 calls at once.
  const { fetch, record } = testFetch({ idleTimeoutMs: 4_000, headersTimeoutMs: 4_000, retryBackoffMs: 5 })
  let text = ''
  let outcome = 'whole'
  try {
    const init = { ...STREAMING, body: stream.body, signal: controller.signal }
    const response = await fetch(`${url}${target}stream=${number % STREAMS.length}`, init)
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (random() < 0.1) await sleep(2)
    }
    if (response.status === 200) expect(text).toBe(whole)
    else outcome = `status ${response.status}`
  } catch (error) {
    outcome = error === reason ? 'aborted' : 'interrupted'
    if (error !== reason && !StreamInterruptedError.isInstance(error)) throw error
    expect(error instanceof Error && error.message).not.toMatch(/terminated|ECONN|socket|127\.0\.0\.1|fetch failed/)
    const isWholeEvents = stream.events.some((_, i) => text === stream.events.slice(0, i + 1).join('')) || text === ''
    expect(isWholeEvents || outcome === 'aborted', `whole events only, got ${text}`).toBe(true)
  }
  await record
  return outcome
}

test(
  `${COUNT} calls of an API that misbehaves all settle, and tell nothing but the truth`,
  { timeout: 20_000 },
  async () => {
    const random = createRandom(SEED)
    const upstream = await startRawUpstream((request) => misbehave(request, random))
    const outcomes = new Map<string, number>()
    const calls = Array.from({ length: COUNT }, async (_, number) => {
      const outcome = await call(upstream.url, number, createRandom(SEED + number))
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    })
    await Promise.all(calls)
    for (const outcome of ['whole', 'aborted', 'interrupted', 'status 429']) {
      expect(outcomes.get(outcome), `${outcome}, with the seed ${SEED}`).toBeGreaterThan(0)
    }
  },
)
