import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lintTrace, parseTrace, resolveSend, type Trace } from '@stopbit/traces'
import { expect, onTestFinished, test } from 'vitest'
import {
  createDrafter,
  redactRecording,
  writeDraft,
  type AnswerPart,
  type EndKind,
  type Recording,
} from '../src/index.ts'

const EVENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01SECRET","role":"assistant"}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"SECRET é"}}\n\n',
].map((text) => Buffer.from(text))

const HEAD_LINES = ['HTTP/1.1 200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked', 'x-org: SECRET']

function recordingOf(
  answer: readonly AnswerPart[],
  kind: EndKind,
  afterMs: number,
  more: Partial<Recording> = {},
): Recording {
  return {
    dialect: 'anthropic-messages',
    request: {
      method: 'POST',
      target: '/v1/messages?key=SECRET',
      bodyBytes: 10,
      bodySha256_16: '0123456789abcdef',
      shape: { stream: 'boolean' },
      wantsStream: true,
      hasTools: false,
    },
    answer,
    end: { kind, atMs: afterMs },
    before: undefined,
    seenBy: 'tap',
    ...more,
  }
}

const HEAD: AnswerPart = { kind: 'head', atMs: 5, status: 200, lines: HEAD_LINES }

function chunkOf(atMs: number, ...pieces: Buffer[]): AnswerPart {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return { kind: 'chunk', atMs, size, pieces: pieces.map((bytes) => ({ atMs, bytes })), whole: true }
}

async function draft(recording: Recording): Promise<Trace> {
  const trace = await writeDraft(redactRecording(recording), { id: 'recorded/x', date: '2026-01-02' })
  if (trace === undefined) throw new Error('no draft')
  const text = JSON.stringify(trace)
  expect(text).not.toContain('SECRET')
  const problems = await lintTrace(parseTrace(text, 'recorded/x.trace.json'), 'recorded/x.trace.json')
  expect(problems).toEqual(['provenance.redaction.reviewedBy: a recorded trace names its reviewer'])
  return trace
}

test('writeDraft() writes what was sent, its pauses, a barrier and the end; lint misses only the reviewer', async () => {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = EVENTS
  const trace = await draft(
    recordingOf([HEAD, chunkOf(10, first), chunkOf(2_010, second.subarray(0, 9), second.subarray(9))], 'rst', 2_015),
  )
  expect(trace.upstream.connections[0]?.script).toMatchObject([
    { do: 'read-request' },
    { do: 'send', as: 'head', lines: HEAD_LINES.slice(0, 3) },
    { do: 'send', as: 'chunk' },
    { do: 'wait', ms: 2_000 },
    { do: 'send', as: 'chunk', splitAt: [4 + 9] },
    { do: 'barrier', until: 'client-has-complete-events' },
    { do: 'rst', fault: true },
  ])
  expect(trace.check?.bodyBytes).toBe(first.length + second.length)
  expect(trace.expect).toMatchObject({ outcome: ['error-in-band'], clientHasEvents: 2, upstreamRequests: { max: 1 } })
  expect(trace.provenance.fidelity).toMatchObject({ fault: 'exact', bytes: 'synthetic', timing: 'exact' })
})

test('writeDraft() keeps a chunk that was cut as what was on the wire', async () => {
  const [first = Buffer.alloc(0)] = EVENTS
  const cut: AnswerPart = { kind: 'chunk', atMs: 10, size: 500, pieces: [{ atMs: 10, bytes: first }], whole: false }
  const trace = await draft(recordingOf([HEAD, cut], 'fin', 12))
  const sends = trace.upstream.connections[0]?.script.filter((step) => step.do === 'send') ?? []
  const wire = Buffer.concat(sends.flatMap((step) => (step.do === 'send' ? resolveSend(step).writes : [])))
  expect(wire.toString()).toContain(`\r\n\r\n1f4\r\nevent: message_start\n`)
  expect(trace.check?.bodyBytes).toBe(first.length)
})

test('writeDraft() gives a long silence limits that cannot meet it', async () => {
  const [first = Buffer.alloc(0)] = EVENTS
  const trace = await draft(recordingOf([HEAD, chunkOf(10, first), chunkOf(40_010, first)], 'rst', 40_015))
  expect(trace.limits).toEqual({ idleTimeoutMs: 120_000 })
})

test('writeDraft() writes the idle-close race with the exchange before it, and allows a second request', async () => {
  const [first = Buffer.alloc(0)] = EVENTS
  const stop = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n')
  const before = recordingOf([HEAD, chunkOf(10, first, stop), { kind: 'last-chunk', atMs: 10 }], 'framing', 10)
  const trace = await draft(recordingOf([], 'rst', 2, { before }))
  expect(trace.requires).toContain('upstream-keepalive')
  expect(trace.expect).toMatchObject({ outcome: ['completed', 'error-status'], upstreamRequests: { max: 2 } })
  expect(trace.client.filter((step) => step.do === 'request').length).toBe(2)
})

test.each([
  ['a refused connection', recordingOf([], 'refused', 1), [{ do: 'refuse', fault: true }]],
  ['a reset before the head', recordingOf([], 'rst', 1), [{ do: 'read-request' }, { do: 'rst', fault: true }]],
  [
    'a silence before the head',
    recordingOf([], 'client-left', 60_000),
    [{ do: 'read-request' }, { do: 'stall', boundedBy: 'headersTimeoutMs', fault: true }],
  ],
])('writeDraft() writes %s', async (_, recording, script) => {
  expect((await draft(recording)).upstream.connections[0]?.script).toEqual(script)
})

test('createDrafter() writes one file, only of a failure, and nothing that looks like a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-drafts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const save = createDrafter({ folder })
  const [first = Buffer.alloc(0)] = EVENTS
  expect(await save(recordingOf([HEAD, chunkOf(1, first)], 'client-left', 2))).toMatchObject({ kind: 'healthy' })
  const written = await save(recordingOf([HEAD, chunkOf(1, first)], 'rst', 2))
  expect(readdirSync(join(folder, 'recorded')).length).toBe(1)
  expect(written.kind === 'written' && readFileSync(written.file, 'utf8')).not.toContain('SECRET')
  // A key of the API's that redaction keeps, and that is a secret all the same.
  const leaky = Buffer.from(`data: {"gh${'p_'}${'a'.repeat(30)}":1,"type":"message_start"}\n\n`)
  expect(await save(recordingOf([HEAD, chunkOf(1, leaky)], 'rst', 2))).toEqual({
    kind: 'withheld',
    rules: ['GitHub token'],
  })
  expect(readdirSync(join(folder, 'recorded')).length).toBe(1)
})

test('createDrafter() writes no more files than the folder may hold, those of earlier runs counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-drafts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [first = Buffer.alloc(0)] = EVENTS
  const failed = recordingOf([HEAD, chunkOf(1, first)], 'rst', 2)
  await createDrafter({ folder })(failed)
  const save = createDrafter({ folder, maxFiles: 2 })
  const results = await Promise.all([save(failed), save(failed), save(failed)])
  expect(results.map(({ kind }) => kind)).toEqual(['written', 'full', 'full'])
  expect(readdirSync(join(folder, 'recorded')).length).toBe(2)
})
