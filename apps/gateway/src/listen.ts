import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens; 0 is any free port. Resolves to the port. Rejects with the server's error if it cannot. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}
