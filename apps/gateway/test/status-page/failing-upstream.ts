import { chunk, EVENTS, LAST_CHUNK, startRawUpstream, STREAM_HEAD, type RawUpstream } from '../raw-upstream.ts'

/** In every prompt, completion, key and query of these tests, and in nothing else. */
export const CANARY = 'zanzibar7'

const delta = EVENTS[3]?.replace('Grüße ', CANARY) ?? ''
const OPENING = EVENTS.slice(0, 2).join('') + delta

/** What the API does with a request, by its header `x-play`. */
export type Play = 'whole' | 'cut' | 'silent' | 'reset' | 'overloaded' | 'error' | 'kept' | 'race'

/** An API that does as it is asked. `silent` streams go on when `release` is called. */
export async function startFailingUpstream(): Promise<RawUpstream & { readonly release: () => void }> {
  let silence = Promise.withResolvers<void>()
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    let hasAnswered = false
    for (;;) {
      const { head } = await readRequest()
      const play = /^x-play: (\w+)/im.exec(head)?.[1] as Play
      const rest = Buffer.concat([chunk(EVENTS.slice(4).join('')), Buffer.from(LAST_CHUNK)])
      const begin = (): boolean => socket.write(STREAM_HEAD + chunk(OPENING).toString())
      if (play === 'reset' || (play === 'race' && hasAnswered)) return void socket.resetAndDestroy()
      if (play === 'kept' || play === 'race') {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
        hasAnswered = true
        continue
      }
      if (play === 'overloaded') {
        const body = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: CANARY } })
        return void socket.end(
          `HTTP/1.1 529 X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        )
      }
      begin()
      if (play === 'silent') await silence.promise
      if (play === 'cut') return void socket.write('', () => socket.resetAndDestroy())
      if (play === 'error') {
        const event = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"${CANARY}"}}\n\n`
        return void socket.end(Buffer.concat([chunk(event), Buffer.from(LAST_CHUNK)]))
      }
      return void socket.end(rest)
    }
  })
  return {
    ...upstream,
    release() {
      silence.resolve()
      silence = Promise.withResolvers()
    },
  }
}

/** Sends one request through the gateway, with the canary wherever it must not be shown. */
export function ask(gatewayUrl: string, play: Play): Promise<Response> {
  return fetch(`${gatewayUrl}/v1/messages?key=${CANARY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': CANARY, 'x-play': play },
    body: JSON.stringify({
      model: 'claude-test',
      max_tokens: 9,
      stream: play !== 'kept' && play !== 'race',
      messages: [{ role: 'user', content: CANARY }],
    }),
  })
}
