import { describe, expect, test } from 'vitest'
import { classifyFault, type TransportFacts } from './classify-fault.ts'
import { FAULTS, type FaultKind } from './fault-kinds.ts'

const NOT_CONNECTED: TransportFacts = { connected: false, headersReceived: false }
const SENT: TransportFacts = {
  connected: true,
  requestSent: true,
  reused: false,
  sinceSentMs: 5,
  responseStarted: false,
  headersReceived: false,
}
const IN_BODY: TransportFacts = { ...SENT, responseStarted: true, headersReceived: true }
const UNKNOWN: TransportFacts = { headersReceived: false }

function errorOf(code?: string, name = 'Error'): Error {
  return Object.assign(new Error(`read ${code} 10.0.0.1:443`), { name, ...(code !== undefined && { code }) })
}

describe('the facts choose the phase, and what may be sent again', () => {
  test.each([
    ['ECONNRESET', NOT_CONNECTED, 'refused', 'connect', 'never-sent'],
    ['ECONNRESET', { ...NOT_CONNECTED, secure: true }, 'tls-handshake', 'connect', 'never-sent'],
    ['ECONNRESET', { ...SENT, requestSent: false }, 'upload-broken', 'send', 'maybe-processed'],
    ['ECONNRESET', SENT, 'closed-before-headers', 'headers', 'maybe-processed'],
    ['ECONNRESET', { ...SENT, reused: true }, 'reused-closed', 'headers', 'maybe-processed'],
    [
      'ECONNRESET',
      { ...SENT, reused: true, sinceSentMs: 1_001 },
      'closed-before-headers',
      'headers',
      'maybe-processed',
    ],
    [
      'ECONNRESET',
      { ...SENT, reused: true, responseStarted: true },
      'closed-before-headers',
      'headers',
      'maybe-processed',
    ],
    ['ECONNRESET', IN_BODY, 'body-reset', 'body', 'processed'],
    ['ECONNRESET', UNKNOWN, 'closed-before-headers', 'headers', 'maybe-processed'],
    ['ETIMEDOUT', NOT_CONNECTED, 'connect-timeout', 'connect', 'never-sent'],
    ['ETIMEDOUT', SENT, 'closed-before-headers', 'headers', 'maybe-processed'],
    ['ETIMEDOUT', IN_BODY, 'body-reset', 'body', 'processed'],
    ['ENOTFOUND', NOT_CONNECTED, 'dns', 'connect', 'never-sent'],
    ['ENOTFOUND', UNKNOWN, 'dns', 'connect', 'never-sent'],
    ['ECONNREFUSED', UNKNOWN, 'refused', 'connect', 'never-sent'],
    ['ECONNREFUSED', SENT, 'closed-before-headers', 'headers', 'maybe-processed'],
    ['CERT_HAS_EXPIRED', NOT_CONNECTED, 'tls-trust', 'connect', 'never-sent'],
    ['UNABLE_TO_GET_CRL', NOT_CONNECTED, 'tls-trust', 'connect', 'never-sent'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', NOT_CONNECTED, 'tls-handshake', 'connect', 'never-sent'],
    ['UND_ERR_HEADERS_TIMEOUT', SENT, 'headers-timeout', 'headers', 'maybe-processed'],
    ['UND_ERR_BODY_TIMEOUT', IN_BODY, 'body-timeout', 'body', 'processed'],
    ['UND_ERR_HEADERS_OVERFLOW', SENT, 'bad-response', 'headers', 'processed'],
    ['HPE_INVALID_CHUNK_SIZE', IN_BODY, 'bad-framing', 'body', 'processed'],
    ['Z_DATA_ERROR', IN_BODY, 'decode', 'body', 'processed'],
    ['HTTP2RefusedStream', SENT, 'refused-stream', 'headers', 'declared-unprocessed'],
    ['UND_ERR_INVALID_ARG', NOT_CONNECTED, 'internal', 'headers', 'maybe-processed'],
    ['SOMETHING_NEW', SENT, 'closed-before-headers', 'headers', 'maybe-processed'],
    ['SOMETHING_NEW', IN_BODY, 'body-reset', 'body', 'processed'],
  ] satisfies [string, TransportFacts, FaultKind, string, string][])(
    '%s with %j is %s',
    (code, facts, kind, phase, retrySafety) => {
      const fault = classifyFault(facts, errorOf(code))
      expect(fault).toEqual({ kind, phase, retrySafety, proxyStatus: FAULTS[kind].proxyStatus, code })
    },
  )
})

describe('the error', () => {
  test('is read down its causes: "fetch failed" hides the code that matters', () => {
    const error = new TypeError('fetch failed', { cause: errorOf('ECONNREFUSED') })
    expect(classifyFault(NOT_CONNECTED, error)).toMatchObject({ kind: 'refused', code: 'ECONNREFUSED' })
  })

  test('may be several: every address was tried', () => {
    const error = new AggregateError([errorOf('ENETUNREACH'), errorOf('ECONNREFUSED')])
    expect(classifyFault(NOT_CONNECTED, error)).toMatchObject({ kind: 'unreachable' })
  })

  test('may be its own cause', () => {
    const error = errorOf()
    error.cause = new Error('outer', { cause: error })
    expect(classifyFault(SENT, error).kind).toBe('closed-before-headers')
  })

  test('may be known by its class alone', () => {
    expect(classifyFault(SENT, errorOf(undefined, 'HTTPParserError')).kind).toBe('bad-response')
  })

  test.each([undefined, null, 'ECONNRESET', 42, {}])('may be anything: %j', (error) => {
    expect(classifyFault(SENT, error)).toMatchObject({ kind: 'closed-before-headers', retrySafety: 'maybe-processed' })
  })
})

describe('every sentence', () => {
  const RUNTIME_WORDS =
    /\bE[A-Z]{4,}|errno|socket|undici|fetch|\bhang up|ECONN|terminated|aborted|node:|HPE_|UND_|TLS|HTTP\/|\d{2,}|[`"{}[\]]/
  test.each(Object.entries(FAULTS))(
    '%s is for people: whole sentences without runtime words',
    (_kind, { sentence }) => {
      expect(sentence).not.toMatch(RUNTIME_WORDS)
      expect(sentence).toMatch(/^(The|A) .+\.$/)
    },
  )
})
