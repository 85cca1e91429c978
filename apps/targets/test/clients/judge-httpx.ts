import { cutOf } from './cases.ts'
import type { HttpxReading } from './httpx-clients.ts'
import type { Judgement } from './judge.ts'
import { leaksIn } from './leaks.ts'
import { sentenceOf } from './limits.ts'
import type { HttpxCell } from './run-adapter.ts'
import { STREAMS, type DialectId } from './streams.ts'

/** The events that we add behind a cut, by their first lines. The last one is the last of the body. */
const ERROR_EVENTS: Readonly<Record<DialectId, readonly RegExp[]>> = {
  'anthropic-messages': [/^event: error\ndata: \{"type":"error",/],
  'openai-chat': [/^data: \{"error":\{/],
  'openai-responses': [
    /^event: error\ndata: \{"type":"error",/,
    /^event: response\.failed\ndata: \{"type":"response\.failed",/,
  ],
  gemini: [/^data: \{"error":\{/],
}

/** Judges what Python's httpx got, line by line: the framing, the upstream's own events, and ours behind them. */
export function judgeHttpx({ adapter, client, case: name, reading }: HttpxCell): Judgement {
  if (reading instanceof Error) return { word: 'no reading', wrong: [reading.message] }
  const { status, error, headers } = reading
  const wrong = leaksIn(JSON.stringify(headers)).map((leak) => `runtime text "${leak}" in a header`)
  if (error !== null) return { word: error, wrong: [...wrong, `httpx throws ${error}`] }
  const body = bodyOf(reading)
  const wanted = name === 'refused' ? refusedStatus(client.dialect) : 200
  if (status !== wanted) wrong.push(`status ${status} in place of ${wanted}`)
  if (name === 'healthy') {
    if (body !== linesOf(STREAMS[client.dialect].whole.join(''))) wrong.push(`the stream was touched: ${body}`)
    return { word: 'whole', wrong }
  }
  const upstreams = linesOf(cutOf({ dialect: client.dialect, case: name })?.sent ?? '')
  const own = body.slice(upstreams.length)
  if (!body.startsWith(upstreams)) wrong.push(`what came before the cut is missing: ${body}`)
  for (const leak of leaksIn(own)) wrong.push(`runtime text "${leak}": ${own}`)
  const sentence = sentenceOf(adapter, name)
  if (name === 'refused') {
    if (!JSON.stringify(JSON.parse(own)).includes(JSON.stringify(sentence))) wrong.push(`not our sentence: ${own}`)
    return { word: String(wanted), wrong }
  }
  return { word: 'whole framing, error last', wrong: [...wrong, ...errorEventFaults(client.dialect, own, sentence)] }
}

/** Exactly the error events, each whole and with the sentence, and nothing of the event that was cut. */
function errorEventFaults(dialect: DialectId, own: string, sentence: string): string[] {
  const forms = ERROR_EVENTS[dialect]
  const events = own.split('\n\n')
  if (events.pop() !== '') return [`the last event is not whole: ${own}`]
  if (events.length !== forms.length) return [`${events.length} events behind the cut: ${own}`]
  return events.flatMap((event, at) =>
    forms[at]?.test(event) === true && event.includes(JSON.stringify(sentence)) ? [] : [`no error event: ${event}`],
  )
}

function refusedStatus(dialect: DialectId): number {
  return dialect === 'gemini' ? 503 : 502 // google.rpc has no word for 502
}

/** Lines with LF, as httpx hands them out. */
function bodyOf({ lines }: HttpxReading): string {
  return lines.map((line) => `${line}\n`).join('')
}

function linesOf(stream: string): string {
  return stream.replaceAll('\r\n', '\n')
}
