import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { listen } from './http-upstream.ts'

/** What a proxy does with a CONNECT. */
export type ProxyBehaviour =
  | { readonly does: 'tunnel'; readonly toPort: number }
  | { readonly does: 'answer'; readonly status: number }
  | { readonly does: 'close' }
  | { readonly does: 'nothing' }

export interface ConnectProxy {
  readonly url: string
  /** The targets and the credentials of the CONNECTs that came. */
  readonly asked: { readonly target: string; readonly authorization: string | undefined }[]
}

/** A real CONNECT proxy; it leads every tunnel to one port of ours, whatever its target. It is closed with the test. */
export async function startProxy(behaviour: ProxyBehaviour): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'] = []
  const sockets = new Set<Socket>()
  const server = createServer((_request, response) => response.writeHead(500).end('This proxy only tunnels'))
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.on('connect', (request, client: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    switch (behaviour.does) {
      case 'tunnel': {
        const upstream = connect(behaviour.toPort, '127.0.0.1', () => {
          client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
          upstream.pipe(client)
          client.pipe(upstream)
        })
        sockets.add(upstream)
        upstream.on('error', () => client.destroy())
        client.on('close', () => upstream.destroy())
        break
      }
      case 'answer':
        client.end(`HTTP/1.1 ${behaviour.status} No\r\ncontent-length: 2\r\n\r\nno`)
        break
      case 'close':
        client.destroy()
        break
      case 'nothing':
        break
    }
  })
  const port = await listen(server)
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${port}`, asked }
}
