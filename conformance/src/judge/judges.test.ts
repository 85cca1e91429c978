import { describe, expect, test } from 'vitest'
import {
  blockStop,
  errorBody,
  errorEvent,
  evidenceOf,
  MESSAGE_STOP,
  PING,
  START,
  STOP_REASON,
  TEXT,
  toolRest,
  toolStart,
  type ExchangeSketch,
} from '../../test/evidence-of.ts'
import { JUDGES } from './judges.ts'

const LOST = errorEvent('The upstream connection was lost.')

function verdictOf(id: string, sketch: ExchangeSketch): string | undefined {
  return JUDGES.get(id)?.(evidenceOf(sketch)).verdict
}

function check(
  id: string,
  cases: readonly (readonly [claim: string, sketch: ExchangeSketch, verdict: string])[],
): void {
  describe(id, () => {
    test.each(cases)('%s', (_, sketch, verdict) => {
      expect(verdictOf(id, sketch)).toBe(verdict)
    })
  })
}

check('HANG-1', [
  ['an exchange that ended passes', { sent: START, received: START }, 'pass'],
  [
    'one that the runner gave up on fails',
    { sent: START, received: START, ending: { kind: 'hang', at: 9, waitedMs: 9 } },
    'fail',
  ],
])

const AT_ONCE = { kind: 'complete', at: 900 } as const
check('HANG-2', [
  ['an end within 1 s of the terminal event passes', { sent: START, received: START + LOST, ending: AT_ONCE }, 'pass'],
  ['a later one fails', { sent: START, received: START + LOST, ending: { kind: 'complete', at: 1_100 } }, 'fail'],
  [
    'a response left open fails',
    { sent: START, received: START + LOST, ending: { kind: 'hang', at: 3_000, waitedMs: 3_000 } },
    'fail',
  ],
  [
    'a late end without a terminal event is not its business',
    { sent: START, received: START, ending: { kind: 'complete', at: 9_000 } },
    'pass',
  ],
  [
    'a reset after the terminal event is not its business',
    { sent: START, received: START + LOST, ending: { kind: 'rst', at: 9_000 } },
    'pass',
  ],
])

const UNREACHED = { traceId: 'anthropic/connect-never-completes' }
check('HANG-3', [
  ['an answer in time passes', { ...UNREACHED, received: errorBody('No.'), status: 504 }, 'pass'],
  [
    'an exchange that the runner gave up on fails',
    { ...UNREACHED, ending: { kind: 'hang', at: 9, waitedMs: 9 } },
    'fail',
  ],
  [
    'a handshake that stalls is a connection that is never set up',
    {
      trace: {
        upstream: { tls: true, connections: [{ script: [{ do: 'tls', how: 'handshake-stall', fault: true }] }] },
      },
      ending: { kind: 'hang', at: 9, waitedMs: 9 },
    },
    'fail',
  ],
  ['a trace that lets the target connect does not test it', { sent: START, received: START }, 'not-tested'],
])

check('RAW-1', [
  ['a reset after the head fails', { sent: START, received: START, ending: { kind: 'rst', at: 2 } }, 'fail'],
  ['a FIN inside the framing fails', { sent: START, received: START, ending: { kind: 'fin', at: 2 } }, 'fail'],
  ['no response at all is not its business', { ending: { kind: 'fin', at: 2 } }, 'pass'],
  [
    'an opaque stream may stay incomplete',
    { sent: 'x', received: 'x', ending: { kind: 'fin', at: 2 }, trace: { dialect: 'opaque' } },
    'pass',
  ],
])

const JSON_502 = { received: errorBody('Gone.'), status: 502, contentType: 'application/json; charset=utf-8' }
check('RAW-2', [
  ['a 502 in the dialect passes', JSON_502, 'pass'],
  [
    'the status that the upstream itself sent is not its business',
    { ...JSON_502, status: 413, sent: 'No.', sentHead: 'HTTP/1.1 413 Payload Too Large\r\n\r\n' },
    'pass',
  ],
  ['a 529 passes', { ...JSON_502, status: 529 }, 'pass'],
  ['a 404 fails', { ...JSON_502, status: 404 }, 'fail'],
  ['an HTML page fails', { ...JSON_502, contentType: 'text/html' }, 'fail'],
  ["another dialect's error fails", { ...JSON_502, received: '{"error":{"message":"x"}}' }, 'fail'],
  ['a closed connection fails', { ending: { kind: 'fin', at: 2 } }, 'fail'],
  ['a 200 that no upstream gave fails', { received: START + LOST }, 'fail'],
])

const WRITES_OF_IT = '{"text":"ECONNRESET is a socket hang up"}'
check('LEAK-1', [
  ['a fixed sentence passes', { sent: START, received: START + LOST }, 'pass'],
  ['an errno in the error event fails', { sent: START, received: START + errorEvent('read ECONNRESET') }, 'fail'],
  [
    'an errno in the JSON body fails',
    { ...JSON_502, received: errorBody('connect ECONNREFUSED 127.0.0.1:80') },
    'fail',
  ],
  ['an address fails', { ...JSON_502, received: errorBody('No answer from 10.0.0.7:443') }, 'fail'],
  ['a source path fails', { ...JSON_502, received: errorBody('failed in /srv/app/relay.js') }, 'fail'],
  ['an errno in the reason phrase fails', { ...JSON_502, reason: 'connect ECONNREFUSED' }, 'fail'],
  ['the credential fails', { ...JSON_502, received: errorBody('key sk-canary-1') }, 'fail'],
  [
    'an errno in a header that the target added fails',
    { sent: START, received: START, headers: [['x-why', 'ECONNRESET']] },
    'fail',
  ],
  ['half an injected event fails too', { sent: START, received: `${START}data: ECONNRESET` }, 'fail'],
  [
    'a model that writes about ECONNRESET passes',
    {
      sent: START + TEXT.replace('hi', 'socket hang up is ECONNRESET'),
      received: START + TEXT.replace('hi', 'socket hang up is ECONNRESET') + LOST,
    },
    'pass',
  ],
  [
    'and so does one that does it in JSON',
    { sent: WRITES_OF_IT, received: WRITES_OF_IT, contentType: 'application/json' },
    'pass',
  ],
  [
    'what the target adds to JSON is looked at all the same',
    { sent: '[{"a":1}', received: '[{"a":1},{"error":"ECONNRESET"}]', contentType: 'application/json' },
    'fail',
  ],
])

check('TERM-1', [
  ['an error event is a terminal', { sent: START, received: START + LOST }, 'pass'],
  ['a clean end without one fails', { sent: START, received: START }, 'fail'],
  [
    'an error without its event line is none',
    { sent: START, received: `${START}${LOST.replace('event: error\n', '')}` },
    'fail',
  ],
  ['a JSON error needs none', JSON_502, 'pass'],
])

const GEMINI_STOP = 'data: {"candidates":[{"finishReason":"STOP","index":0}]}\n\n'
const GEMINI_ERROR = 'data: {"error":{"code":503,"message":"Lost."}}\n\n'

function gemini(sent: string, received: string): ExchangeSketch {
  return { sent, received, traceId: 'gemini/rst-mid-stream' }
}

check('TERM-2', [
  ['one terminal passes', { sent: START, received: START + LOST }, 'pass'],
  ['an error and a message_stop fail', { sent: START, received: START + LOST + MESSAGE_STOP }, 'fail'],
  ['even a comment after it fails', { sent: START + MESSAGE_STOP, received: `${START}${MESSAGE_STOP}: x\n\n` }, 'fail'],
  ['a comment after Gemini’s finish reason passes', gemini(GEMINI_STOP, `${GEMINI_STOP}: x\n\n`), 'pass'],
  ['an event after Gemini’s finish reason fails', gemini(GEMINI_STOP, GEMINI_STOP + GEMINI_ERROR), 'fail'],
  ['a comment after Gemini’s error fails', gemini('', `${GEMINI_ERROR}: x\n\n`), 'fail'],
])

check('SSE-1', [
  ['whole events pass', { sent: START, received: START + LOST }, 'pass'],
  ['CRLF passes', { sent: START, received: START.replaceAll('\n', '\r\n') }, 'pass'],
  ['half an event at the end fails', { sent: START, received: START + TEXT.slice(0, 30) }, 'fail'],
  ['half an event glued to the error fails', { sent: START, received: START + TEXT.slice(0, 50) + LOST }, 'fail'],
  [
    'half a name glued to the error fails, though it parses',
    { sent: `${START}event: conte`, received: `${START}event: conte${LOST}` },
    'fail',
  ],
  [
    'an error whose first letters the upstream happened to send passes',
    { sent: `${START}event: `, received: START + LOST },
    'pass',
  ],
  [
    'an error whose field name the upstream happened to send passes',
    { sent: `${START}event`, received: START + LOST },
    'pass',
  ],
  ['data that is no JSON fails', { sent: START, received: `${START}data: oops\n\n` }, 'fail'],
])

check('PREFIX-1', [
  ['all events pass', { sent: START + TEXT, received: START + TEXT + LOST, trace: { expect: expectation(2) } }, 'pass'],
  [
    'heartbeats between them pass',
    { sent: START + TEXT, received: `: beat\n\n${START}${PING}${TEXT}${LOST}`, trace: { expect: expectation(2) } },
    'pass',
  ],
  [
    'half an event of the upstream is not missed',
    { sent: START + TEXT.slice(0, 20), received: START + LOST, trace: { expect: expectation(1) } },
    'pass',
  ],
  ['a lost event fails', { sent: START + TEXT, received: START + LOST }, 'fail'],
  ['an event that came twice fails', { sent: START + TEXT, received: START + TEXT + TEXT + LOST }, 'fail'],
  ['swapped events fail', { sent: START + TEXT, received: TEXT + START + LOST }, 'fail'],
  ['changed line ends fail', { sent: START, received: START.replaceAll('\n', '\r\n') }, 'fail'],
  [
    'fewer events than the trace promises fail',
    { sent: START, received: START + LOST, trace: { expect: expectation(2) } },
    'fail',
  ],
  ['an error status where the trace has none fails', { sent: START, ...JSON_502 }, 'fail'],
])

check('HONEST-1', [
  ['an error passes', { sent: START, received: START + LOST }, 'pass'],
  ['an invented end_turn fails', { sent: START, received: START + STOP_REASON + MESSAGE_STOP }, 'fail'],
  ['a bare message_stop fails', { sent: START, received: START + MESSAGE_STOP }, 'fail'],
  [
    'the sentinel after a stop reason passes',
    { sent: START + STOP_REASON, received: START + STOP_REASON + MESSAGE_STOP },
    'pass',
  ],
  [
    'changed line ends are no invention',
    { sent: START + MESSAGE_STOP, received: (START + MESSAGE_STOP).replaceAll('\n', '\r\n') },
    'pass',
  ],
])

check('HONEST-2', [
  [
    'an open tool call and an error pass',
    { sent: START + toolStart(0), received: START + toolStart(0) + LOST },
    'pass',
  ],
  [
    'a closed tool call fails',
    { sent: START + toolStart(0), received: START + toolStart(0) + blockStop(0) + LOST },
    'fail',
  ],
  [
    'arguments that the target completes fail',
    { sent: START + toolStart(0), received: START + toolStart(0) + toolRest(0) + LOST },
    'fail',
  ],
  [
    'a success after an open tool call fails',
    { sent: START + toolStart(0), received: START + toolStart(0) + MESSAGE_STOP },
    'fail',
  ],
  [
    'a tool call that the upstream closed may be followed by the sentinel',
    {
      sent: START + toolStart(0) + blockStop(0) + STOP_REASON,
      received: START + toolStart(0) + blockStop(0) + STOP_REASON + MESSAGE_STOP,
    },
    'pass',
  ],
])

check('HONEST-3', [
  ['an error passes', { sent: START, received: START + LOST }, 'pass'],
  ['a block that only the target has fails', { sent: START, received: START + toolStart(0) + LOST }, 'fail'],
  ['words after the answer are no less invented', { sent: START, received: START + toolRest(0) + LOST }, 'fail'],
  ['what the upstream said passes', { sent: START + toolStart(0), received: START + toolStart(0) + LOST }, 'pass'],
  [
    'what it said under a coding that it is not in passes',
    { sent: '', coded: START + toolStart(0), received: START + toolStart(0) + LOST },
    'pass',
  ],
  [
    'what it did not say fails under any coding',
    { sent: '', coded: START, received: START + toolStart(0) + LOST },
    'fail',
  ],
])

function expectation(clientHasEvents: number): ReturnType<typeof evidenceOf>['trace']['expect'] {
  return { ...evidenceOf({}).trace.expect, clientHasEvents }
}
