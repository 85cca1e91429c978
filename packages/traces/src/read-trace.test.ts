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
