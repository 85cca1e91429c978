/** The control request's answer: head and body. `mark` is another one for each trace, so that what a target kept does not pass for it. */
export function controlAnswer(mark: string): { readonly head: readonly string[]; readonly body: string } {
  const body = JSON.stringify({
    id: `msg_${mark}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'alive' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  })
  const head = ['HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`]
  return { head, body }
}
