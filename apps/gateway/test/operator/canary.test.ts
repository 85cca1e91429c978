import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { chunk, connectRaw, EVENTS, startRawUpstream, STREAM_HEAD, type UpstreamConnection } from '../raw-upstream.ts'
import { runCommand, startGatewayProcess, temporaryFolder } from './gateway-process.ts'

const SDK = fileURLToPath(new URL('otel-to-file.ts', import.meta.url))

/** In every prompt, completion, key, query and header field that goes through the gateway, and in nothing else. */
const CANARY = 'zanzibar7'

const completion = (text: string): string =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`
const opening = EVENTS.slice(0, 2).join('') + completion(CANARY)
const head = (status: number, type: string): string =>
  `HTTP/1.1 ${status} X\r\ncontent-type: ${type}\r\nset-cookie: ${CANARY}\r\nrequest-id: has a space ${CANARY}\r\nconnection: close\r\n\r\n`
const failure = JSON.stringify({ type: 'error', error: { type: `${CANARY} error`, message: `your prompt: ${CANARY}` } })

type Answer = (connection: UpstreamConnection) => void

/** Ways in which an API answers and fails, each with the canary in what it says. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  whole: ({ socket }) => void socket.end(head(200, 'text/event-stream') + opening + EVENTS.slice(6).join('')),
  cut: ({ socket }) => void socket.write(STREAM_HEAD + chunk(opening).toString(), () => socket.resetAndDestroy()),
  'cut within an event': ({ socket }) =>
    void socket.write(STREAM_HEAD + chunk(opening + completion(CANARY).slice(0, -9)).toString(), () => socket.end()),
  silent: ({ socket }) => void socket.write(STREAM_HEAD + chunk(opening).toString()),
  'an error in the stream': ({ socket }) =>
    void socket.end(`${head(200, 'text/event-stream')}${opening}event: error\ndata: ${failure}\n\n`),
  'an error status': ({ socket }) => void socket.end(head(400, 'application/json') + failure),
  'a page': ({ socket }) => void socket.end(`${head(503, 'text/html')}<h1>${CANARY}</h1>`),
  'not HTTP': ({ socket }) => void socket.write(`SSH-2.0-${CANARY}\r\n`),
  'closed at once': ({ socket }) => void socket.resetAndDestroy(),
}

function ask(url: string): Promise<Response> {
  return fetch(`${url}/v1/messages?key=${CANARY}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': `sk-${CANARY}`,
      authorization: `Bearer ${CANARY}`,
      cookie: `session=${CANARY}`,
      'x-client-request-id': `not an id ${CANARY}`,
      'user-agent': CANARY,
      traceparent: `00-${CANARY}`,
    },
    body: JSON.stringify({
      model: 'claude',
      max_tokens: 9,
      stream: true,
      system: CANARY,
      messages: [{ role: 'user', content: CANARY }],
    }),
  })
}

/** What the admin port shows. */
const PAGES = ['metrics', 'status.json', ''] as const

test(
  'no prompt, completion, key, query or header is in the log, the journal, metrics, spans, pages or the report',
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder()
    const journal = join(folder, 'journal')
    const { gateway, spans, exchanges } = await askEverything(folder)

    const pages: string[] = []
    for (const path of PAGES) {
      const page = await fetch(`${gateway.admin}${path}`)
      expect(page.status).toBe(200)
      pages.push(await page.text())
    }
    // The SDK is asked for its numbers ten times a second; the spans are written at once.
    await expect.poll(spans, { timeout: 5_000 }).toContain('gen_ai.client.operation.duration')
    expect(await gateway.stop()).toBe(0)
    const records = readdirSync(journal).map((file) => readFileSync(join(journal, file), 'utf8'))
    const { out: report } = await runCommand(['report', '--journal', journal, '--format', 'json'])
    const log = gateway.log.map((entry) => JSON.stringify(entry)).join('\n')

    // It was all told.
    expect(records.join('').trim().split('\n')).toHaveLength(exchanges)
    expect(spans().match(/"spanKind":1/g)).toHaveLength(exchanges)
    expect(JSON.parse(report)).toMatchObject({ exchanges })
    // And nothing of what was said.
    const places = { log, journal: records.join(''), spans: spans(), pages: pages.join('\n'), report }
    for (const [place, text] of Object.entries(places)) {
      const leaks = text.split('\n').filter((line) => line.toLowerCase().includes(CANARY))
      expect({ place, leaks }).toEqual({ place, leaks: [] })
    }
  },
)

/** A gateway that has been through every answer, and through requests that never became exchanges. */
async function askEverything(folder: string) {
  const otel = join(folder, 'otel.jsonl')
  let answer: Answer | undefined
  const upstream = await startRawUpstream(async (connection) => {
    await connection.readRequest()
    answer?.(connection)
  })
  const limits = { retry: 'never', idleTimeoutMs: '300', stallWarnMs: '50', commit: 'headers' }
  const gateway = await startGatewayProcess(
    upstream.url,
    { ...limits, journalDir: join(folder, 'journal'), verbose: 'yes', credential: `sk-own-${CANARY}` },
    { nodeArguments: ['--import', SDK], variables: { OTEL_FILE: otel } },
  )
  for (const next of Object.values(ANSWERS)) {
    answer = next
    await (await ask(gateway.url)).text()
  }
  connectRaw(Number(new URL(gateway.url).port)).end(`NONSENSE ${CANARY}\r\nx: ${CANARY}\r\n\r\n`)
  await fetch(`${gateway.url}/?q=${CANARY}`, { headers: { origin: `https://${CANARY}.example` } })
  const exchanges = Object.keys(ANSWERS).length
  await gateway.logged(({ msg }) => msg === 'refused', 2)
  await gateway.logged(({ msg }) => msg === 'exchange', exchanges)
  await gateway.logged(({ msg }) => msg === 'upstream silent')
  return { gateway, exchanges, spans: () => readFileSync(otel, 'utf8') }
}
