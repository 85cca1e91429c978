import { Agent, request } from 'node:http'

/**
 * A front, or a client, as a process of its own: opens connections with a burst of POSTs, leaves them alone for a gap, uses
 * them again, and so on. Never retries. Runs in Node and in Bun.
 *
 * Arguments: kind, url, idle limit of the client in ms, connections, and the gaps in ms, comma separated.
 * Prints one line of JSON when it is done: what was sent, and what was lost.
 */
const [kind = '', url = '', idleText = '', connectionsText = '', gapsText = ''] = process.argv.slice(2)
const idleMs = Number(idleText)
const connections = Number(connectionsText)
const gaps = gapsText.split(',').map(Number)

type Post = () => Promise<void>

async function createPost(): Promise<Post> {
  if (kind === 'http.Agent') {
    // Without its buffer of a second, which is half of the scaled limit, it uses connections again until the hint is over.
    const options = { keepAlive: true, timeout: idleMs, maxSockets: connections, agentKeepAliveTimeoutBuffer: 0 }
    return overAgent(new Agent(options))
  }
  if (kind === 'undici') {
    const { Pool } = await import('undici')
    const pool = new Pool(url, {
      connections,
      pipelining: 1,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      keepAliveTimeoutThreshold: 0,
    })
    return async () => {
      const { body } = await pool.request({ path: '/', method: 'POST', body: '{}' })
      await body.dump()
    }
  }
  return async () => {
    const response = await fetch(url, { method: 'POST', body: '{}' })
    await response.text()
  }
}

function overAgent(agent: Agent): Post {
  return () =>
    new Promise((resolve, reject) => {
      const sent = request(url, { agent, method: 'POST' }, (response) => {
        response.resume().once('end', resolve).once('error', reject)
      })
      sent.once('error', reject).end('{}')
    })
}

const post = await createPost()
let sent = 0
let lost = 0
async function burst(): Promise<void> {
  sent += connections
  const results = await Promise.allSettled(Array.from({ length: connections }, post))
  lost += results.filter(({ status }) => status === 'rejected').length
}
await burst()
for (const gap of gaps) {
  // The gap is what is tested, not a way to order events.
  await new Promise((resolve) => setTimeout(resolve, gap))
  await burst()
}
process.stdout.write(`${JSON.stringify({ sent, lost })}\n`, () => process.exit(0))
