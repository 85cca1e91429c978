import { expect, test } from 'vitest'
import { recordingOfCall, type FailedCallLike } from './recording-of-call.ts'

const CONNECTED = { atMs: 1, kind: 'connected', reused: false } as const
const RECEIVED = { atMs: 3, kind: 'received', bytes: Buffer.from('data: 1\n\n') } as const
const RESET = { atMs: 4, kind: 'fault', code: 'ECONNRESET' } as const

function headOf(...headers: string[]) {
  return { atMs: 2, kind: 'head', status: 200, headers } as const
}

function call(events: FailedCallLike['events'], droppedBytes = 0): FailedCallLike {
  return { method: 'POST', path: '/v1/messages', requestBytes: 2, droppedBytes, events }
}

test('recordingOfCall() makes chunks of the pieces of a chunked answer, and says that a pool saw them', () => {
  const events = [CONNECTED, headOf('transfer-encoding', 'chunked'), RECEIVED, RESET]
  expect(recordingOfCall(call(events))).toMatchObject({
    dialect: 'anthropic-messages',
    seenBy: 'pool',
    end: { kind: 'rst', atMs: 4 },
    answer: [
      { kind: 'head', lines: ['HTTP/1.1 200 ', 'transfer-encoding: chunked'] },
      { kind: 'chunk', size: 9 },
    ],
  })
})

test('recordingOfCall() leaves the coding of a decoded answer out, with the length that no longer holds', () => {
  const events = [CONNECTED, headOf('content-encoding', 'gzip', 'content-length', '5'), RECEIVED, RESET]
  expect(recordingOfCall(call(events))?.answer).toEqual([
    { kind: 'head', atMs: 2, status: 200, lines: ['HTTP/1.1 200 '] },
    { kind: 'raw', atMs: 3, bytes: RECEIVED.bytes },
  ])
})

test.each([
  ['whose beginning was let go', call([CONNECTED, headOf(), RECEIVED, RESET], 1)],
  ['that failed on a reused connection before its answer', call([{ ...CONNECTED, reused: true }, RESET])],
  ['that failed for no reason of its connection', call([CONNECTED, { ...RESET, code: 'UND_ERR_CONNECT_TIMEOUT' }])],
])('recordingOfCall() makes nothing of a call %s', (_, failed) => {
  expect(recordingOfCall(failed)).toBeUndefined()
})
