import { expect, test } from 'vitest'
import { chunk, dataEvents } from '../../test/dialect-events.ts'
import { evidenceOf, MESSAGE_STOP, START, STOP_REASON, toolStart, type ExchangeSketch } from '../../test/evidence-of.ts'
import type { Finding } from './finding.ts'
import { judgeHonest1, judgeHonest2 } from './honest.ts'
import { judgeOutcome1 } from './outcome.ts'
import { judgeTerm2 } from './term.ts'
import { judgePrefix1 } from './prefix.ts'

const INVENTED = STOP_REASON + MESSAGE_STOP

function declared(sketch: ExchangeSketch): ReturnType<typeof evidenceOf> {
  return { ...evidenceOf(sketch), policyTruncation: 'end-turn' }
}

test('a declared policy makes an invented end a listed deviation, and never a pass', () => {
  const evidence = declared({ sent: START, received: START + INVENTED })
  expect(judgeHonest1(evidence).verdict).toBe('not-applicable')
  expect(judgeOutcome1(evidence).verdict).toBe('not-applicable')
  expect(judgeHonest1(evidenceOf({ sent: START, received: START + INVENTED })).verdict).toBe('fail')
})

test('no policy waives an invented end over an open tool call', () => {
  const open = START + toolStart(0)
  const evidence = declared({ sent: open, received: open + INVENTED })
  expect(judgeHonest1(evidence).verdict).toBe('fail')
  expect(judgeHonest2(evidence).verdict).toBe('fail')
})

const chat = { trace: { dialect: 'openai-chat' } } as const
const ONE = dataEvents(chunk({ content: 'a' }, 'stop', 0))
const OTHER = dataEvents(chunk({ content: 'b' }, null, 1))
const DONE = dataEvents('[DONE]')
const LOST = dataEvents({ error: { message: 'Lost.' } })

test.each([
  ['[DONE] after the only finish reason passes', judgeHonest1, { sent: ONE, received: ONE + DONE }, 'pass'],
  ['[DONE] with a choice open fails', judgeHonest1, { sent: OTHER + ONE, received: OTHER + ONE + DONE }, 'fail'],
  ['[DONE] after an error fails', judgeTerm2, { sent: ONE, received: ONE + LOST + DONE }, 'fail'],
  ['[DONE] twice fails', judgeTerm2, { sent: ONE + DONE, received: ONE + DONE + DONE }, 'fail'],
  [
    'what the upstream sent after its end may pass',
    judgeTerm2,
    { sent: ONE + DONE + DONE, received: ONE + DONE + DONE },
    'pass',
  ],
  [
    'what the upstream sent after its end may be dropped',
    judgePrefix1,
    { sent: ONE + DONE + ONE, received: ONE + DONE },
    'pass',
  ],
] as const)('chat: %s', (_, judge: (evidence: ReturnType<typeof evidenceOf>) => Finding, sketch, verdict) => {
  const expected = { ...evidenceOf({}).trace.expect, clientHasEvents: 1 }
  expect(judge(evidenceOf({ ...sketch, trace: { ...chat.trace, expect: expected } })).verdict).toBe(verdict)
})
