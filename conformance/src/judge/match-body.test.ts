import { expect, test } from 'vitest'
import { errorEvent, MESSAGE_STOP, PING, START, TEXT } from '../../test/evidence-of.ts'
import { matchBody, type BodyMatch } from './match-body.ts'

const LOST = errorEvent('Lost.')

function match(sent: string, received: string): BodyMatch {
  return matchBody('anthropic-messages', Buffer.from(sent), Buffer.from(received))
}

/** Whose each block of the client is. */
function owners(sent: string, received: string): readonly string[] {
  return match(sent, received).client.map(({ from }) => from)
}

test('events that came as they were sent are matched, and what follows is the target’s', () => {
  expect(match(START + TEXT, START + TEXT + LOST)).toMatchObject({ sentEvents: 2, matchedEvents: 2 })
  expect(owners(START + TEXT, START + TEXT + LOST)).toEqual(['upstream', 'upstream', 'target'])
})

test('a heartbeat between them takes nobody’s place', () => {
  expect(owners(START + PING + TEXT, `: beat\n\n${START}${PING}${PING}${TEXT}`)).toEqual([
    'heartbeat',
    'upstream',
    'upstream',
    'heartbeat',
    'upstream',
  ])
})

test('an event that lacks only its empty line is the upstream’s word, whoever ends it', () => {
  for (const kept of [MESSAGE_STOP.slice(0, -1), MESSAGE_STOP.slice(0, -2)]) {
    expect(owners(START + kept, START + MESSAGE_STOP)).toEqual(['upstream', 'upstream'])
    expect(match(START + kept, START + MESSAGE_STOP).firstRepeated).toBeUndefined()
  }
})

test('an event that lacks a byte of its data is nobody’s but the target’s', () => {
  expect(owners(START + MESSAGE_STOP.slice(0, -3), START + MESSAGE_STOP)).toEqual(['upstream', 'target'])
})

test('a cut line that is no data yet lends its name to nothing', () => {
  expect(owners(`${START}event: message_stop\n`, START + MESSAGE_STOP)).toEqual(['upstream', 'target'])
})

test('half a line end may be completed', () => {
  const cr = (text: string): string => text.replaceAll('\n', '\r')
  const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
  expect(match(cr(START), `${cr(START)}\n`)).toMatchObject({ matchedEvents: 1, clientTail: '' })
  expect(owners(crlf(START + TEXT).slice(0, -1), crlf(START + TEXT))).toEqual(['upstream', 'upstream'])
})

test('other line ends are the upstream’s event and no match', () => {
  const { client, matchedEvents } = match(START.replaceAll('\n', '\r\n'), START)
  expect([client[0]?.from, matchedEvents]).toEqual(['upstream', 0])
})

test('an event that comes more often than it was sent is named', () => {
  expect(match(START + TEXT + TEXT, START + TEXT + TEXT + LOST).firstRepeated).toBeUndefined()
  expect(match(START + TEXT, START + TEXT + TEXT + LOST).firstRepeated).toBe(TEXT)
})
