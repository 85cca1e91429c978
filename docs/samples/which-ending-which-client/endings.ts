import { createServer } from 'node:http'
import { CUT } from '../finalize-or-destroy/finalize.ts'

const event = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const HALF_AN_ANSWER =
  event('message_start', {
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage: {} },
  }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Half an' } })
const GRACEFUL =
  event('content_block_stop', { index: 0 }) +
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }) +
  event('message_stop', {})

/** Point your client's base URL at /reset, /clean-end, /error, /error-left-open or /graceful. */
const server = createServer((request, response) => {
  const ending = request.url?.split('/')[1] ?? ''
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(HALF_AN_ANSWER, () => {
    if (ending === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 100)
    else if (ending === 'error') response.end(CUT)
    else if (ending === 'error-left-open') response.write(CUT)
    else if (ending === 'graceful') response.end(GRACEFUL)
    else response.end()
  })
})
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
