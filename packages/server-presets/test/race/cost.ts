import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { createDrain, observeListener } from '../../src/index.ts'

/**
 * What `observeListener` and `createDrain` cost: requests per second with and without them, by turns, as ratios. Two servers
 * that do next to nothing in one process, one client in another. `pnpm --filter @stopbit/server-presets cost`.
 */
const ROUNDS = 21
const REQUESTS = 4_000
const CONNECTIONS = 16

async function serve(): Promise<void> {
  const ports = await Promise.all(
    [false, true].map(async (isObserved) => {
      const server = createServer((_request, response) => response.end('ok'))
      if (isObserved) {
        observeListener(server)
        createDrain(server)
      }
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }),
  )
  process.send?.(ports)
}

async function measure(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: ['--conditions=@stopbit/source'] })
  const [ports] = (await once(child, 'message')) as [number[]]
  const pools = ports.map((port) => new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS }))
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const seconds = [0, 0]
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) seconds[index] = await time(pools[index] as Pool)
    if (round > 0) ratios.push((seconds[0] ?? 0) / (seconds[1] ?? 1)) // the first round warms up
  }
  child.kill()
  await Promise.all(pools.map((pool) => pool.destroy()))
  ratios.sort((a, b) => a - b)
  const at = (share: number): string => (ratios[Math.floor(share * (ratios.length - 1))] ?? 0).toFixed(3)
  process.stdout.write(
    `requests/s with / without: median ${at(0.5)}, quartiles ${at(0.25)} and ${at(0.75)}; ${ratios.length} rounds of ${REQUESTS} requests, Node ${process.versions.node}\n`,
  )
}

async function time(pool: Pool): Promise<number> {
  const startedAt = performance.now()
  const work = async (): Promise<void> => {
    for (let count = 0; count < REQUESTS / CONNECTIONS; count++) {
      const { body } = await pool.request({ path: '/', method: 'GET' })
      await body.dump()
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  return performance.now() - startedAt
}

await (process.argv[2] === 'serve' ? serve() : measure())
