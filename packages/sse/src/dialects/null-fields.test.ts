import { createFault } from '@stopbit/faults'
import { expect, test } from 'vitest'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import { ENDING_POLICIES } from './dialect.ts'
import { DIALECTS } from './table.ts'

/** Events with a hole where an object belongs, and events that go on behind them. */
const STREAMS: readonly (readonly [id: string, type: string, before: string, event: string, after: string])[] = [
  [
    'anthropic-messages',
    'content_block_delta',
    'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":_}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ],
  [
    'anthropic-messages',
    'message_start',
    '',
    'event: message_start\ndata: {"type":"message_start","message":_}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ],
  ...['output_item.added', 'output_item.done', 'content_part.added', 'content_part.done', 'created'].map(
    (type) =>
      [
        'openai-responses',
        type,
        'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,"item":{"type":"message"}}\n\n',
        `event: response.${type}\ndata: {"type":"response.${type}","output_index":0,"content_index":0,"item":_,"part":_,"response":_}\n\n`,
        'event: response.completed\ndata: {"type":"response.completed"}\n\n',
      ] as const,
  ),
  ['openai-chat', 'delta', '', 'data: {"choices":[_,{"index":0,"delta":_}]}\n\n', 'data: [DONE]\n\n'],
]

test.each(STREAMS)(
  '%s: a healthy stream is not touched by a %s whose object is something else',
  (id, _type, before, event, after) => {
    const dialect = DIALECTS.find((one) => one.id === id) ?? expect.unreachable()
    for (const hole of ['null', '7', '"text"', '[]', '[null]', 'true']) {
      for (const ending of ENDING_POLICIES) {
        const start = () => createFinalizer({ dialect, request: { choiceCount: 1 }, requestId: 'req_1', ending })
        const whole = before + event.replaceAll('_}', `${hole}}`).replaceAll(/_(?=,["{])/g, hole) + after
        let out = ''
        const finalizer = start()
        finalizer.push(Buffer.from(whole), (bytes) => (out += Buffer.from(bytes).toString()))
        expect(out).toBe(whole)
        expect(finalizer.end().ending).toBe('completed')
        const cut = start()
        cut.push(Buffer.from(whole.slice(0, whole.length - after.length)), () => undefined)
        expect(['error', 'truncated', 'kept-partial']).toContain(cut.end(createFault('body-reset')).ending)
      }
    }
  },
)
