import type { Asked } from './row.ts'

/** A short, whole Messages stream. */
const EVENTS: readonly string[] = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße "}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"👋"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
]

const JSON_BODY = JSON.stringify({
  id: 'msg_0',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: 'Grüße 👋' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 9 },
})

/** An answer of the Messages API, in two parts: faults in the body come between them. */
export interface Answer {
  readonly type: string
  readonly first: Buffer
  readonly rest: Buffer
  readonly whole: Buffer
}

/** Two events of model data in the first part of the stream, half of the JSON. */
export const ANSWERS: Readonly<Record<Asked, Answer>> = {
  stream: answerOf('text/event-stream; charset=utf-8', EVENTS.slice(0, 4).join(''), EVENTS.slice(4).join('')),
  json: answerOf('application/json', JSON_BODY.slice(0, 60), JSON_BODY.slice(60)),
}

function answerOf(type: string, first: string, rest: string): Answer {
  return { type, first: Buffer.from(first), rest: Buffer.from(rest), whole: Buffer.from(first + rest) }
}

/** A request of the Messages API. `bytes` makes it so large. */
export function requestBody(asked: Asked, bytes = 0): string {
  const messages = [{ role: 'user', content: `a prompt canary ${'x'.repeat(bytes)}` }]
  return JSON.stringify({ model: 'claude', max_tokens: 100, stream: asked === 'stream', messages })
}
