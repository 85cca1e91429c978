import { expect, test } from 'vitest'
import { exampleTrace } from '../test/example-trace.ts'
import { parseTrace } from './read-trace.ts'
import { TraceError } from './trace-error.ts'

const FILE = 'conformance/traces/x/y.trace.json'

function messageOf(document: unknown): string {
  try {
    parseTrace(typeof document === 'string' ? document : JSON.stringify(document), FILE)
  } catch (error) {
    expect(error).toBeInstanceOf(TraceError)
    return (error as Error).message
  }
  throw new Error('parseTrace() took it')
}

test('parseTrace() returns a sound trace as it is', () => {
  expect(parseTrace(JSON.stringify(exampleTrace()), FILE)).toEqual(exampleTrace())
})

test('parseTrace() names file, place and value of an unknown step', () => {
  const trace = exampleTrace()
  const script = [...trace.upstream.connections[0].script]
  script[2] = { ...script[2], do: 'sendd' }
  expect(messageOf({ ...trace, upstream: { connections: [{ script }] } })).toBe(
    `${FILE}: upstream.connections[0].script[2].do: unknown step "sendd"`,
  )
})

test.each([
  ['an unknown key', { ...exampleTrace(), oops: 1 }, 'unknown key "oops"'],
  ['a higher format', { ...exampleTrace(), format: 2 }, 'format: Invalid input: expected 1'],
  ['a bad id', { ...exampleTrace(), id: 'Nope' }, 'id: must be <group>/<slug> in lower case'],
  ['an unknown limit', { ...exampleTrace(), limits: { idleMs: 1 } }, 'limits: unknown key "idleMs"'],
  [
    'a limit of zero',
    { ...exampleTrace(), limits: { idleTimeoutMs: 0 } },
    'limits.idleTimeoutMs: Too small: expected number to be >0',
  ],
  ['no expectation', { ...exampleTrace(), expect: undefined }, 'expect: is missing'],
  [
    'a client step without a kind',
    { ...exampleTrace(), client: [{ conn: 'c1' }] },
    'client[0].do: a step needs a "do"',
  ],
])('parseTrace() refuses %s', (_, document, rule) => {
  expect(messageOf(document)).toContain(`${FILE}: ${rule}`)
})

test('parseTrace() refuses a send step without a payload, and one with two', () => {
  const send = (payload: object): unknown => ({
    ...exampleTrace(),
    upstream: { connections: [{ script: [{ do: 'send', as: 'raw', ...payload }] }] },
  })
  const rule = `${FILE}: upstream.connections[0].script[0]: a send step carries exactly one of text, base64, sse, lines`
  expect(messageOf(send({}))).toBe(rule)
  expect(messageOf(send({ text: 'a', base64: 'YQ==' }))).toBe(rule)
})

test('parseTrace() says when a file is not JSON', () => {
  expect(messageOf('{')).toMatch(/^conformance\/traces\/x\/y\.trace\.json: is not JSON: /)
})

function withStep(step: object): unknown {
  return { ...exampleTrace(), upstream: { connections: [{ script: [{ do: 'read-request' }, step] }] } }
}

function withClient(step: object): unknown {
  return { ...exampleTrace(), client: [{ do: 'connect', conn: 'c1' }, step] }
}

const ASK = { do: 'request', conn: 'c1', path: '/v1/messages' }

test.each([
  [
    'bytes without end',
    withStep({ do: 'send', as: 'raw', text: 'ab', repeat: 20_000_000 }),
    'sends more than 33554432',
  ],
  ['a wait of a year', withStep({ do: 'wait', ms: 31_536_000_000 }), 'ms: Too big: expected number to be <=86400000'],
  ['a flood of a million', withStep({ do: 'h2-ping-flood', count: 1_000_000 }), 'count: Too big'],
  ['a body of a terabyte', withClient({ ...ASK, padBytes: 1e12 }), 'padBytes: Too big'],
  ['a path with a line end', withClient({ ...ASK, path: '/a\r\nb: c' }), 'path: must be a path without blanks'],
  ['a header with a line end', withClient({ ...ASK, headers: { a: 'b\r\nc: d' } }), 'headers.a: must be one line'],
  [
    'a sweep without end',
    { ...exampleTrace(), sweep: { param: 'at', relativeTo: 'T', offsets: [0], repeats: 1e9 } },
    'sweep.repeats: Too big',
  ],
])('parseTrace() refuses %s before anything is made of it', (_, document, rule) => {
  expect(messageOf(document)).toContain(rule)
})

test('parseTrace() refuses JSON of too many levels, and takes brackets in a string', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  const text = (data: string): string => JSON.stringify(withStep({ do: 'send', as: 'raw', text: data }))
  expect(messageOf(text('x').replace('"x"', deep(100_000)))).toBe(`${FILE}: is nested deeper than 100 levels`)
  expect(parseTrace(text(`\\"${deep(500)}`), FILE).id).toBe('x/y')
})
