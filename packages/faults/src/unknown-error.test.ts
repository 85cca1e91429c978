import { describe, expect, test } from 'vitest'
import { FAULTS, isUnknownError } from './index.ts'

const fetchFailed = (cause: object): Error => Object.assign(new TypeError('fetch failed'), { cause })

describe('an error that says that a connection is gone, or why there was none, is known', () => {
  test.each([
    ['Node, reset', fetchFailed({ code: 'ECONNRESET', message: 'read ECONNRESET' })],
    ['Node, closed', fetchFailed({ code: 'UND_ERR_SOCKET', message: 'other side closed' })],
    ['Node, refused', fetchFailed({ code: 'ECONNREFUSED' })],
    ['Bun', Object.assign(new TypeError('The socket connection was closed'), { code: 'ECONNRESET' })],
    [
      'Deno',
      fetchFailed(
        new Error(
          'error sending request from A for http://a/x (A): client error (SendRequest): connection closed before message completed',
        ),
      ),
    ],
    ['Deno, reset', fetchFailed(new Error('Connection reset by peer (os error 104)'))],
    ['workerd', new Error('Network connection lost.')],
  ])('%s', (_runtime, error) => {
    expect(isUnknownError(error)).toBe(false)
  })
})

describe('an error that nobody knows is unknown', () => {
  test.each([
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'x')")],
    ['a browser, for any reason', new TypeError('Failed to fetch')],
    ["somebody's own fetch", Object.assign(new Error('Over the budget'), { code: 'QUOTA' })],
    ['no error at all', undefined],
  ])('%s', (_who, error) => {
    expect(isUnknownError(error)).toBe(true)
  })
})

test('no sentence for a client without a gateway speaks of one', () => {
  for (const { sentence, clientSentence = sentence } of Object.values(FAULTS)) {
    expect(clientSentence).not.toMatch(/gateway/i)
    expect(clientSentence).toMatch(/^[A-Z].*\.$/)
  }
})
