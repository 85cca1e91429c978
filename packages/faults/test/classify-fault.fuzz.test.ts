import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classifyFault, FAULTS, type Fault, type TransportFacts } from '../src/index.ts'
import { DICTIONARY } from './dictionary.ts'

const REAL = DICTIONARY.flatMap(({ error }) => {
  const links = [error, error.cause].filter((link) => link instanceof Error) as (Error & { code?: string })[]
  return links.map(({ code, name, message }) => ({ code, name, message }))
})
const WORDS = REAL.flatMap(({ code, name, message }) => [name, message, ...(code === undefined ? [] : [code])])

/** Codes that nothing but the making of a connection raises, or that the peer's own word stands behind. */
const PROVING =
  /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|CERT_\w+|UNABLE_TO_\w+|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT\w*|ERR_TLS_CERT_ALTNAME_INVALID|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_\w+|UND_ERR_SOCKS5\w*|ERR_PROXY_TUNNEL|STOPBIT_\w+|HTTP2RefusedStream|ERR_HTTP2_STREAM_ERROR|UND_ERR_ABORTED)$/

/** What hides in a getter, a proxy or a field that is not what it should be. */
const anyField = fc.oneof(
  fc.constantFrom<unknown>(...WORDS, 'connect', 'read', 'errors', undefined, null, Symbol('code'), 11, Number.NaN),
  fc.string({ maxLength: 80 }),
  fc.anything(),
)

interface ErrorSpec {
  readonly fields: Record<string, unknown>
  readonly shape: 'plain' | 'error' | 'throwing getters' | 'throwing proxy' | 'revoked proxy' | 'new at every look'
  readonly loops: boolean
}

const specs: fc.Arbitrary<ErrorSpec> = fc.record({
  fields: fc.record(
    { code: anyField, name: anyField, message: anyField, syscall: anyField, cause: anyField, errors: anyField },
    { requiredKeys: [] },
  ),
  shape: fc.constantFrom('plain', 'error', 'throwing getters', 'throwing proxy', 'revoked proxy', 'new at every look'),
  loops: fc.boolean(),
})

/** Values are built where they are used: fast-check looks into what it makes, and a revoked proxy cannot be looked into. */
function build([spec, ...inner]: readonly ErrorSpec[]): unknown {
  if (spec === undefined) return undefined
  const { fields, shape, loops } = spec
  const value = (shape === 'error' ? new Error('x') : {}) as Record<string, unknown>
  Object.assign(value, inner.length > 0 && { cause: build(inner) }, fields)
  if (loops) Object.assign(value, { cause: value, errors: [value, build(inner), value] })
  switch (shape) {
    case 'throwing getters':
      for (const key of Object.keys(value)) Object.defineProperty(value, key, { get: fail })
      return value
    case 'throwing proxy':
      return new Proxy(value, { get: fail })
    case 'revoked proxy': {
      const { proxy, revoke } = Proxy.revocable(value, {})
      revoke()
      return proxy
    }
    case 'new at every look':
      return endless(value)
    default:
      return value
  }
}

function fail(): never {
  throw new TypeError('nobody may look')
}

/** Every look at its causes gives errors that nobody has seen before. */
function endless(value: object): object {
  return new Proxy(value, {
    get: (target, key) => {
      if (key === 'cause') return endless(target)
      if (key === 'errors') return Array.from({ length: 20 }, () => endless(target))
      return Reflect.get(target, key)
    },
  })
}

const anyError: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.array(specs, { minLength: 1, maxLength: 4 }).map((chain) => () => build(chain)) },
  { weight: 1, arbitrary: anyField.map((value) => () => value) },
)

const tri = fc.constantFrom(true, false, undefined)
const anyFacts: fc.Arbitrary<TransportFacts> = fc.record({
  connected: tri,
  secure: tri,
  requestSent: tri,
  reused: tri,
  sinceSentMs: fc.constantFrom(undefined, 0, 1_000, 1_001),
  responseStarted: tri,
  headersReceived: fc.boolean(),
  aborted: fc.constantFrom(undefined, 'by-us', 'by-client'),
})

test('any error with any facts is a fault: no throw, a known kind, and no text but a code that is a word', () => {
  fc.assert(
    fc.property(anyFacts, anyError, (facts, makeError) => {
      const fault = classifyFault(facts, makeError())
      expect(Object.keys(FAULTS)).toContain(fault.kind)
      expect(fault.proxyStatus).toBe(FAULTS[fault.kind].proxyStatus)
      expect(fault.code ?? 'none').toMatch(/^[A-Za-z]\w{0,63}$/)
      expect(Object.keys(fault).filter((key) => !KEYS.includes(key as keyof Fault))).toEqual([])
      if (facts.headersReceived) expect(fault.retrySafety).toMatch(/^(?:processed|not-a-retry-case)$/)
      if (fault.retrySafety === 'never-sent' && facts.connected === true) expect.unreachable('it had a connection')
    }),
    { numRuns: 2_000 },
  )
})

const KEYS: readonly (keyof Fault)[] = ['kind', 'phase', 'proxyStatus', 'retrySafety', 'code']

test('without facts, nothing is safer than maybe processed unless a code or a system call proves it', () => {
  fc.assert(
    fc.property(anyError, (makeError) => {
      const error = makeError()
      const { retrySafety } = classifyFault({ headersReceived: false }, error)
      if (retrySafety !== 'never-sent' && retrySafety !== 'declared-unprocessed') return
      expect(
        [...wordsIn(error)].some((word) => PROVING.test(word) || word === 'connect' || word === 'getaddrinfo'),
      ).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

/** All codes and system calls of an error, a few levels deep. */
function* wordsIn(value: unknown, depth = 0): Generator<string> {
  if (typeof value !== 'object' || value === null || depth > 5) return
  const look = (key: string): unknown => {
    try {
      return (value as Record<string, unknown>)[key]
    } catch {
      return undefined
    }
  }
  for (const word of [look('code'), look('syscall')]) if (typeof word === 'string') yield word
  yield* wordsIn(look('cause'), depth + 1)
  const errors = look('errors')
  if (Array.isArray(errors)) for (const member of errors.slice(0, 3)) yield* wordsIn(member, depth + 1)
}

test('a text alone never makes a request safe to repeat', () => {
  fc.assert(
    fc.property(fc.constantFrom(...REAL), fc.boolean(), ({ name, message }, nested) => {
      const bare = Object.assign(new Error(message), { name })
      const { retrySafety } = classifyFault({ headersReceived: false }, nested ? new Error('x', { cause: bare }) : bare)
      expect(retrySafety).toMatch(/^(?:maybe-)?processed$/)
    }),
  )
})

test.each([
  ['a space', ' '.repeat(16 * 1024 * 1024)],
  ['the start of a text of Deno', 'error sending request '.repeat(500_000)],
  ['many stages', `error sending request ${'): client error ('.repeat(500_000)}`],
  ['a half text of undici', `Proxy response (${'5'.repeat(8_000_000)}`],
])('16 MB of text are read in no time: %s', (_name, message) => {
  const error = new Error(message)
  const before = performance.now()
  for (let i = 0; i < 200; i++) classifyFault({ headersReceived: false }, error)
  expect(performance.now() - before).toBeLessThan(1_000)
})

test('an error whose causes and members never end is read in no time', () => {
  const before = performance.now()
  classifyFault({ headersReceived: false }, endless({}))
  classifyFault({ headersReceived: false }, endless({ code: 'ECONNREFUSED' }))
  expect(performance.now() - before).toBeLessThan(1_000)
})
