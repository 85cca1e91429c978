import { join } from 'node:path'
import { expect, it } from 'vitest'
import { peerOf, type Peer } from '../src/peers.ts'
import { LUKEWARM, runBench, type Outcome } from '../src/run/run-bench.ts'
import { scenarioOf, type Scenario } from '../src/scenarios.ts'

/** As short as a window can be that sees anything. */
function short(id: string): Scenario {
  return { ...scenarioOf(id), warmMs: 50, windowMs: 200 }
}

function program(id: string, source: string): Peer {
  return { ...peerOf('node-http'), id, command: [process.execPath, '--input-type=module', '--eval', source] }
}

async function run(peer: Peer, ...scenarios: Scenario[]): Promise<Outcome['result'][]> {
  const outcomes: Outcome[] = []
  await runBench([scenarios.map((scenario) => ({ peer, scenario }))], (outcome) => outcomes.push(outcome), LUKEWARM)
  return outcomes.map(({ result }) => result)
}

it('measures a proxy that hands on what it gets, with streams that are cut', { timeout: 30_000 }, async () => {
  const [result] = await run(peerOf('node-http'), short('faults-10'))
  expect(result).toMatchObject({ is: 'measured', measurement: { counts: { wrong: 0, told: 0, short: 0, failed: 0 } } })
  if (result?.is !== 'measured') return
  expect(result.measurement.counts.bytes).toBeGreaterThan(0)
  expect(result.measurement.cpuUs.proxy).toBeGreaterThan(0)
})

it('fails a proxy that changes one byte of an event', { timeout: 30_000 }, async () => {
  const command = [process.execPath, join(import.meta.dirname, 'lying-proxy.ts')]
  const [result] = await run({ ...peerOf('node-http'), id: 'lying', command }, short('paced-1'))
  expect(result).toMatchObject({ is: 'failed', reason: expect.stringMatching(/bytes that were never sent/) })
})

it(
  'fails one of ours that leaves requests without an answer, also where streams are cut',
  { timeout: 30_000 },
  async () => {
    const source = `
    import { createServer, connect } from 'node:net'
    const { port: upstream } = new URL(process.env.UPSTREAM_URL)
    let count = 0
    const server = createServer((client) => {
      client.on('error', () => {})
      if (++count % 2 === 0) return client.destroy()
      const origin = connect(Number(upstream), '127.0.0.1').on('error', () => client.destroy())
      client.pipe(origin).pipe(client)
    })
    server.listen(0, '127.0.0.1', () => console.log('READY ' + server.address().port))`
    const [result] = await run({ ...program('leaving', source), kind: 'ours' }, short('faults-10'))
    expect(result).toMatchObject({ is: 'failed', reason: expect.stringMatching(/requests without an answer$/) })
  },
)

it('fails a peer that ends before it listens, and says how it ended', { timeout: 30_000 }, async () => {
  const [result] = await run(program('ending', 'process.exit(3)'), short('json'))
  expect(result).toMatchObject({ is: 'failed', reason: expect.stringMatching(/^ended with 3/) })
})

it('has no number for an optional peer that does not start', { timeout: 30_000 }, async () => {
  const [result] = await run({ ...peerOf('nginx'), command: ['/nowhere/nginx'] }, short('json'))
  expect(result?.is).toBe('not-available')
})
