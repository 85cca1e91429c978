import { createServer } from 'node:http'

const ANSWER = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_blo',
]

// A stand-in for an API that dies: it answers, and half a second later resets the connection in the middle of an event.
const api = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const bytes of ANSWER) response.write(bytes)
  setTimeout(() => response.socket?.resetAndDestroy(), 500)
})
api.listen(Number(process.env['PORT'] ?? 4999), '127.0.0.1', () => console.log(api.address()))
