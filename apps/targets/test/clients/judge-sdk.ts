import { isDeepStrictEqual } from 'node:util'
import { cutOf } from './cases.ts'
import type { Judgement } from './judge.ts'
import { leaksIn } from './leaks.ts'
import { limitOf, sentenceOf, type FaultCase } from './limits.ts'
import type { Reading, SeenError } from './reading.ts'
import type { SdkCell } from './run-adapter.ts'
import { ARGUMENTS, FOLLOW_UP_TEXT, WHOLE_TEXT } from './streams.ts'

/** Judges what an SDK made of a cell, by nothing but what its caller saw. */
export function judgeSdk(cell: SdkCell): Judgement {
  const { client, reading } = cell
  if (reading.end === 'hang') return { word: 'hang', wrong: ['it hangs'] }
  if (cell.case === 'healthy') {
    const text = client.runsTools ? WHOLE_TEXT + FOLLOW_UP_TEXT : WHOLE_TEXT
    const wrong = differences(reading, { text, calls: [ARGUMENTS], stops: client.stops, end: 'returned' })
    return { word: client.runsTools ? 'whole, tool run once' : 'whole', wrong }
  }
  if (reading.end === 'returned') return { word: 'silent success', wrong: ['it reports success'] }
  const wrong = errorFaults(cell, cell.case, reading.end)
  if (cell.case === 'refused') {
    const status = client.dialect === 'gemini' ? 503 : 502 // google.rpc has no word for 502
    if (reading.end.status !== status) wrong.push(`status ${reading.end.status} in place of ${status}`)
    return { word: String(status), wrong: [...wrong, ...differences(reading, { text: '', calls: [], stops: [] })] }
  }
  const limit = limitOf(client.id, cell.case)
  // `ai` names the end of its step, and the word is `error`.
  const ends = client.id.startsWith('ai-') ? ['error'] : []
  const kept = cutOf({ dialect: client.dialect, case: cell.case })?.text ?? ''
  wrong.push(
    ...differences(reading, {
      text: limit === undefined ? kept : kept + FOLLOW_UP_TEXT,
      calls: [],
      stops: limit === undefined ? ends : [...ends, 'stop'],
    }),
  )
  return { word: limit === undefined ? 'error, text kept' : 'error, then listed limit', wrong }
}

function errorFaults({ adapter }: SdkCell, name: FaultCase, { isTyped, message }: SeenError): string[] {
  const sentence = sentenceOf(adapter, name)
  const wrong: string[] = []
  if (!isTyped) wrong.push(`no typed error: ${message}`)
  if (!message.includes(sentence)) wrong.push(`not our sentence: ${message}`)
  for (const leak of leaksIn(message)) wrong.push(`runtime text "${leak}": ${message}`)
  return wrong
}

function differences(reading: Reading, expected: Partial<Reading>): string[] {
  return Object.entries(expected).flatMap(([field, value]) => {
    const got: unknown = reading[field as keyof Reading]
    return isDeepStrictEqual(got, value)
      ? []
      : [`${field}: ${JSON.stringify(got)} in place of ${JSON.stringify(value)}`]
  })
}
