import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that Linux, macOS and Windows hand out by themselves. */
const FIRST_PORT = 20_000
const PORTS = 10_000
const ATTEMPTS = 100

let next = Math.floor(Math.random() * PORTS)

/**
 * A port for a target that cannot choose one. It is free now, and nobody gets it by asking for any free port: another trace's
 * upstream on it would make a target look ready that is not. Rejects when there is none.
 */
export async function choosePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + (next++ % PORTS)
    if (await isFree(host, port)) return port
  }
  throw new Error(`Cannot choose a port: none of ${ATTEMPTS} is free`)
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  const listening = once(server, 'listening')
  server.listen(port, host)
  return listening.then(
    async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
      return true
    },
    () => false,
  )
}
