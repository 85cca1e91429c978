import { expect, test } from 'vitest'
import { errorBody, evidenceOf, type ExchangeSketch } from '../../test/evidence-of.ts'
import { judgeFmt1 } from './format.ts'
import { judgeRaw1 } from './raw.ts'

const WHOLE = '{"a":"bcdefghij"}'
const JSON_HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${WHOLE.length}\r\n\r\n`
const json: ExchangeSketch = { contentType: 'application/json', sentHead: JSON_HEAD, sentWhole: false }
const cut: ExchangeSketch = { ...json, sent: WHOLE.slice(0, 8) }
const wholeError: ExchangeSketch = {
  contentType: 'application/json',
  status: 413,
  sentHead: 'HTTP/1.1 413 X\r\ntransfer-encoding: chunked\r\n\r\n',
  sent: errorBody('Too large.'),
}
const lostError: ExchangeSketch = { ...wholeError, wasReset: true }
const LEFT = { kind: 'fin', at: 2 } as const

test.each([
  ['a whole body passes', { ...json, sent: WHOLE, received: WHOLE }, 'pass'],
  ['a cut body whose framing stays incomplete passes', { ...cut, received: WHOLE.slice(0, 8), ending: LEFT }, 'pass'],
  ['an error status in its place passes', { ...cut, received: '{"error":{}}', status: 502 }, 'pass'],
  [
    "the dialect's error in place of one that a reset may have taken passes",
    { ...lostError, received: errorBody('Too large, we say.') },
    'pass',
  ],
  [
    'so does one in place of one that was cut',
    { ...lostError, sent: '{"type":', sentWhole: false, received: errorBody('Too large, we say.') },
    'pass',
  ],
  ['in place of one that came whole it fails', { ...wholeError, received: errorBody('No.') }, 'fail'],
  ['what is no error of the dialect fails', { ...lostError, received: '{"error":"no"}' }, 'fail'],
  ['a cut body that is ended fails', { ...cut, received: WHOLE.slice(0, 8) }, 'fail'],
  ['an event in it fails', { ...cut, received: `${WHOLE.slice(0, 8)}event: error\n\n` }, 'fail'],
  ['a byte more than was sent fails', { ...json, sent: WHOLE, received: `${WHOLE} ` }, 'fail'],
  [
    'a chunked body without its last chunk fails when it is ended',
    { ...cut, sentHead: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', received: WHOLE.slice(0, 8) },
    'fail',
  ],
  [
    'a body that ends with the connection says nothing of its end',
    { ...cut, sentHead: 'HTTP/1.1 200 OK\r\n\r\n', received: WHOLE.slice(0, 8) },
    'pass',
  ],
  [
    'a cut opaque event stream that is ended fails',
    { sent: 'data: 1\n\n', received: 'data: 1\n\n', sentWhole: false, trace: { dialect: 'opaque' } },
    'fail',
  ],
  ['an event stream of a known dialect is not its business', { sent: 'data: 1\n\n', received: 'data: 2\n\n' }, 'pass'],
] as const satisfies readonly (readonly [string, ExchangeSketch, string])[])('FMT-1: %s', (_, sketch, verdict) => {
  expect(judgeFmt1(evidenceOf(sketch)).verdict).toBe(verdict)
})

test('a JSON array of Gemini may end in an error', () => {
  const sent = '[{"candidates":[]}'
  const received = `${sent},{"error":{"code":503,"message":"Lost."}}]`
  const evidence = evidenceOf({
    ...json,
    sentHead: JSON_HEAD.replace('17', '99'),
    sent,
    received,
    trace: { dialect: 'gemini' },
  })
  expect(judgeFmt1(evidence).verdict).toBe('pass')
  expect(evidence.exchanges[0]?.outcome).toBe('error-in-band')
})

test('what becomes of a cut body has a name', () => {
  const outcome = (sketch: ExchangeSketch): unknown => evidenceOf(sketch).exchanges[0]?.outcome
  expect(outcome({ ...json, sent: WHOLE, received: WHOLE })).toBe('completed')
  expect(outcome({ ...cut, received: WHOLE.slice(0, 8) })).toBe('cut-as-whole')
  expect(outcome({ ...cut, received: WHOLE.slice(0, 8), ending: LEFT })).toBe('incomplete')
  expect(outcome({ ...json, sent: WHOLE, received: WHOLE.slice(0, 8), ending: LEFT })).toBe('raw-close')
})

test('RAW-1 lets a cut body that cannot carry an error be left incomplete, and no whole one', () => {
  expect(judgeRaw1(evidenceOf({ ...cut, received: WHOLE.slice(0, 8), ending: LEFT })).verdict).toBe('pass')
  const broken = evidenceOf({ ...json, sent: WHOLE, received: WHOLE.slice(0, 8), ending: LEFT })
  expect(judgeRaw1(broken).verdict).toBe('fail')
})
