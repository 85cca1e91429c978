import { connect, createServer, type Socket } from 'node:net'

const API = new URL(process.env['API_URL'] ?? 'http://127.0.0.1:8000')
const startedAt = performance.now()

/** What HTTP libraries throw away: when each read came, how long it was, and whether the end was a FIN or a reset. */
function note(side: string, what: string): void {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(3)} ${side} ${what}`)
}

function watch(side: string, from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    note(side, `${bytes.byteLength} bytes`) // the bytes themselves hold prompts and keys: do not keep them
    to.write(bytes)
  })
  from.once('end', () => {
    note(side, 'FIN')
    to.end()
  })
  from.once('error', (error: NodeJS.ErrnoException) => {
    note(side, error.code ?? 'error')
    to.resetAndDestroy()
  })
}

const server = createServer({ allowHalfOpen: true }, (client) => {
  const api = connect({ host: API.hostname, port: Number(API.port || 80), allowHalfOpen: true })
  watch('client', client, api)
  watch('api', api, client)
})
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
