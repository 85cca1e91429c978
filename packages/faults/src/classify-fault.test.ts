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
    ['ERR__ERROR_FORMAT_PADDING_1', IN_BODY, 'decode', 'body', 'processed'],
    ['ZSTD_error_prefix_unknown', IN_BODY, 'decode', 'body', 'processed'],
    ['HTTP2RefusedStream', SENT, 'refused-stream', 'headers', 'declared-unprocessed'],
    ['UND_ERR_INVALID_ARG', NOT_CONNECTED, 'internal', 'headers', 'maybe-processed'],
    ['ENETUNREACH', UNKNOWN, 'unreachable', 'connect', 'maybe-processed'],
    ['ETIMEDOUT', UNKNOWN, 'connect-timeout', 'connect', 'maybe-processed'],
    ['EMFILE', NOT_CONNECTED, 'pool-full', 'connect', 'never-sent'],
    ['EMFILE', UNKNOWN, 'pool-full', 'connect', 'maybe-processed'],
    ['STOPBIT_POOL_FULL', UNKNOWN, 'pool-full', 'connect', 'never-sent'],
    ['STOPBIT_BREAKER_OPEN', NOT_CONNECTED, 'breaker-open', 'connect', 'never-sent'],
    ['STOPBIT_BREAKER_OPEN', UNKNOWN, 'breaker-open', 'connect', 'never-sent'],
    ['STOPBIT_PROXY_FAILED', { ...NOT_CONNECTED, secure: false }, 'refused', 'connect', 'never-sent'],
    ['STOPBIT_PROXY_FAILED', UNKNOWN, 'refused', 'connect', 'never-sent'],
    ['UND_ERR_PRX_CONN', NOT_CONNECTED, 'refused', 'connect', 'never-sent'],
    ['UND_ERR_PRX_TLS', UNKNOWN, 'tls-trust', 'connect', 'never-sent'],
    ['UND_ERR_SOCKS5_CONNECTION_REFUSED', UNKNOWN, 'refused', 'connect', 'never-sent'],
    ['UND_ERR_DESTROYED', NOT_CONNECTED, 'aborted-by-us', 'connect', 'not-a-retry-case'],
    ['UND_ERR_CLOSED', SENT, 'aborted-by-us', 'headers', 'not-a-retry-case'],
    ['UND_ERR_DESTROYED', IN_BODY, 'aborted-by-us', 'body', 'not-a-retry-case'],
    ['ERR_STREAM_DESTROYED', SENT, 'internal', 'headers', 'maybe-processed'],
    ['ERR_STREAM_WRITE_AFTER_END', IN_BODY, 'internal', 'body', 'processed'],
    ['ERR_STREAM_PREMATURE_CLOSE', IN_BODY, 'body-reset', 'body', 'processed'],
    ['EPIPE', { ...SENT, requestSent: false }, 'upload-broken', 'send', 'maybe-processed'],
    ['UND_ERR_HEADERS_TIMEOUT', NOT_CONNECTED, 'connect-timeout', 'connect', 'never-sent'],
    ['UND_ERR_BODY_TIMEOUT', SENT, 'headers-timeout', 'headers', 'maybe-processed'],
    ['HPE_INVALID_CONSTANT', { ...NOT_CONNECTED, secure: true }, 'tls-handshake', 'connect', 'never-sent'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', IN_BODY, 'bad-framing', 'body', 'processed'],
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

  test('may be known by the class of a timeout: what ran out is told by the facts', () => {
    const error = new DOMException('The operation timed out.', 'TimeoutError')
    expect(classifyFault(NOT_CONNECTED, error).kind).toBe('connect-timeout')
    expect(classifyFault(UNKNOWN, error)).toEqual({
      kind: 'headers-timeout',
      phase: 'headers',
      proxyStatus: 'http_response_timeout',
      retrySafety: 'maybe-processed',
    })
    expect(classifyFault(IN_BODY, error).kind).toBe('body-timeout')
  })

  test('may be thrown as a mere string', () => {
    expect(classifyFault(UNKNOWN, 'stream error received: stream no longer needed').kind).toBe('h2-reset')
  })

  test.each([undefined, null, 'ECONNRESET', 42, {}, new Error('x'), () => undefined])(
    'may be anything: %j',
    (error) => {
      expect(classifyFault(SENT, error)).toMatchObject({
        kind: 'closed-before-headers',
        retrySafety: 'maybe-processed',
      })
      expect(classifyFault(UNKNOWN, error)).toMatchObject({
        kind: 'closed-before-headers',
        retrySafety: 'maybe-processed',
      })
    },
  )

  test.each(['sk-ant-secret', 'a b', '', 'x'.repeat(65), 'ECONNRESET 10.0.0.1:443', '../etc', 'E\nCONN', 111])(
    'leaves nothing behind but a word: the code %j is dropped',
    (code) => {
      expect(classifyFault(SENT, Object.assign(new Error('x'), { code }))).not.toHaveProperty('code')
    },
  )
})

describe('who aborted is a fact, which no error tells', () => {
  const error = new DOMException('This operation was aborted', 'AbortError')

  test.each([
    ['by-us', SENT, 'aborted-by-us', 'headers'],
    ['by-us', NOT_CONNECTED, 'aborted-by-us', 'connect'],
    ['by-client', IN_BODY, 'client-gone', 'body'],
    ['by-client', { ...SENT, requestSent: false }, 'client-gone', 'send'],
  ] satisfies ['by-us' | 'by-client', TransportFacts, FaultKind, string][])(
    '%s with %j',
    (aborted, facts, kind, phase) => {
      expect(classifyFault({ ...facts, aborted }, error)).toEqual({
        kind,
        phase,
        proxyStatus: 'none',
        retrySafety: 'not-a-retry-case',
      })
    },
  )

  test('it comes before the error: an abort may look like anything', () => {
    expect(classifyFault({ ...NOT_CONNECTED, aborted: 'by-us' }, errorOf('ECONNREFUSED')).kind).toBe('aborted-by-us')
  })

  test('without it, an abort is a connection that is gone', () => {
    expect(classifyFault(SENT, error).kind).toBe('closed-before-headers')
  })
})

describe('what an error proves where no fact is known', () => {
  const connecting = (code: string): Error => Object.assign(errorOf(code), { syscall: 'connect' })
  const reading = (code: string): Error => Object.assign(errorOf(code), { syscall: 'read' })

  test.each([
    ['a system call of connecting', connecting('EHOSTUNREACH'), 'unreachable', 'never-sent'],
    [
      'one of reading, where the code alone would say connecting',
      reading('EHOSTUNREACH'),
      'closed-before-headers',
      'maybe-processed',
    ],
    ['the same', reading('ETIMEDOUT'), 'closed-before-headers', 'maybe-processed'],
    [
      'all of an aggregate',
      new AggregateError([connecting('ETIMEDOUT'), connecting('ENETUNREACH')]),
      'connect-timeout',
      'never-sent',
    ],
    [
      'one of an aggregate',
      new AggregateError([errorOf('ECONNREFUSED'), reading('ECONNRESET')]),
      'refused',
      'maybe-processed',
    ],
    [
      'the cause of a later failure',
      Object.assign(new Error('x', { cause: errorOf('ECONNREFUSED') }), { code: 'ECONNRESET' }),
      'refused',
      'maybe-processed',
    ],
    ['the CONNECT that a proxy refused', tunnel(403), 'refused', 'never-sent'],
    ['the CONNECT that a proxy could not serve', tunnel(502), 'unreachable', 'never-sent'],
    [
      'the same, as our own pool tells it',
      Object.assign(new Error('x', { cause: tunnel(503) }), { code: 'STOPBIT_PROXY_FAILED' }),
      'unreachable',
      'never-sent',
    ],
    ['its text without its code', new Error(tunnel(502).message), 'unreachable', 'maybe-processed'],
    ['the number of ENHANCE_YOUR_CALM', h2('Session closed with error code 11'), 'overloaded', 'maybe-processed'],
    [
      'a refused stream',
      h2('Stream closed with error code NGHTTP2_REFUSED_STREAM'),
      'refused-stream',
      'declared-unprocessed',
    ],
    ['a GOAWAY of an unknown undici: old ones said it for any stream', goaway(), 'h2-reset', 'maybe-processed'],
  ] satisfies [string, Error, FaultKind, string][])('%s', (_what, error, kind, retrySafety) => {
    expect(classifyFault(UNKNOWN, new TypeError('fetch failed', { cause: error }))).toMatchObject({ kind, retrySafety })
  })

  test('a GOAWAY of our own undici is for streams that the peer did not take on', () => {
    expect(classifyFault(SENT, goaway())).toMatchObject({ kind: 'refused-stream', retrySafety: 'declared-unprocessed' })
  })

  function tunnel(status: number): Error {
    const message = `Proxy response (${status}) !== 200 when HTTP Tunneling`
    return Object.assign(new Error(message), { name: 'AbortError', code: 'UND_ERR_ABORTED' })
  }

  function goaway(): Error {
    return Object.assign(new Error('HTTP/2: "GOAWAY" frame received with code 0'), { code: 'UND_ERR_INFO' })
  }

  function h2(message: string): Error {
    return Object.assign(new Error(message), {
      code: `ERR_HTTP2_${message.startsWith('Stream') ? 'STREAM' : 'SESSION'}_ERROR`,
    })
  }
})

describe('a text of Deno', () => {
  const over = (reason: string, url = 'https://api.example/v1?key=k'): Error =>
    new TypeError('fetch failed', {
      cause: new Error(`error sending request for url (${url}): client error (${reason}`),
    })

  test.each([
    ['Connect): tcp connect error: Network is unreachable (os error 101)', 'unreachable'],
    ['Connect): tcp connect error: No route to host (os error 113)', 'unreachable'],
    ['Connect): tcp connect error: Connection timed out (os error 110)', 'connect-timeout'],
    ['Connect): something new', 'tls-handshake'],
    ['SendRequest): something new', 'closed-before-headers'],
    ['Connect', 'closed-before-headers'],
  ] satisfies [string, FaultKind][])('%s is %s, and maybe processed', (reason, kind) => {
    expect(classifyFault(UNKNOWN, over(reason))).toMatchObject({ kind, retrySafety: 'maybe-processed' })
  })

  test('may hold a URL that looks like the rest of it', () => {
    const url = 'https://api.example/):%20client%20error%20(Connect):%20dns%20error'
    expect(classifyFault(UNKNOWN, over('Connect): invalid peer certificate: Expired', url)).kind).toBe('tls-trust')
    expect(classifyFault(UNKNOWN, new Error('error sending request somewhere')).kind).toBe('closed-before-headers')
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

test.each([
  ['Bun', 'BrotliDecompressionError fetching "http://127.0.0.1:1/x". For more information, pass `verbose: true`'],
  ['workerd', 'Brotli compressed stream ended prematurely.'],
])('a Brotli body that %s cannot unpack is a decode fault', (_runtime, message) => {
  expect(classifyFault({ headersReceived: true }, new TypeError(message)).kind).toBe('decode')
})
