/** The control request's answer; the judge compares it byte by byte. */
export const CONTROL_BODY: string = JSON.stringify({
  id: 'msg_control',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'alive' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
})

/** Its head, as lines. */
export const CONTROL_HEAD: readonly string[] = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(CONTROL_BODY)}`,
]
