import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { cutOf, modelOf, type CellId } from './cases.ts'
import type { DialectId } from './streams.ts'

/** Python's httpx on the raw stream of one dialect. */
export interface HttpxClient {
  readonly id: string
  readonly name: string
  readonly dialect: DialectId
  readonly path: (model: string) => string
  /** The request, without the model. */
  readonly body: object
}

/** What Python saw of one response. */
export interface HttpxReading {
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly lines: readonly string[]
  /** Class of what httpx threw: `RemoteProtocolError` if the framing was not whole. */
  readonly error: string | null
}

const CHAT_BODY = { stream: true, messages: [{ role: 'user', content: 'Weather?' }] }

export const HTTPX_CLIENTS: readonly HttpxClient[] = [
  {
    id: 'httpx-anthropic',
    name: 'httpx, anthropic-messages',
    dialect: 'anthropic-messages',
    path: () => '/v1/messages',
    body: { ...CHAT_BODY, max_tokens: 100 },
  },
  {
    id: 'httpx-chat',
    name: 'httpx, openai-chat',
    dialect: 'openai-chat',
    path: () => '/v1/chat/completions',
    body: CHAT_BODY,
  },
  {
    id: 'httpx-responses',
    name: 'httpx, openai-responses',
    dialect: 'openai-responses',
    path: () => '/v1/responses',
    body: { stream: true, store: false, input: 'Weather?' },
  },
  {
    id: 'httpx-gemini',
    name: 'httpx, gemini',
    dialect: 'gemini',
    path: (model) => `/v1/models/${model}:streamGenerateContent?alt=sse`,
    body: { contents: [{ parts: [{ text: 'Weather?' }] }] },
  },
]

/** One read of httpx. */
export interface HttpxJob extends CellId {
  readonly client: HttpxClient
  /** The adapter's origin. */
  readonly url: string
}

/** Debian's own Python: another one, of a version manager, does not see Debian's packages. */
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('./read_streams.py', import.meta.url))
const MISSING = "Cannot read with httpx: it is not installed for Debian's Python. Run: apt-get install -y python3-httpx"

type Message = { readonly id: string } & (HttpxReading | { readonly has: true })

/**
 * Has one Python read all cells at once. `clientHas` is called when a client has all that comes before the cut. A cell without
 * an entry took longer than `limitMs`. Rejects, with the line that installs it, if httpx is missing.
 */
export async function readWithHttpx(
  cells: readonly HttpxJob[],
  limitMs: number,
  clientHas: (cell: CellId) => void,
): Promise<ReadonlyMap<CellId, HttpxReading>> {
  const child = spawn(PYTHON, [SCRIPT], { stdio: 'pipe', timeout: limitMs, killSignal: 'SIGKILL' })
  const readings = new Map<CellId, HttpxReading>()
  child.stdin.on('error', () => undefined) // Python may have ended; its stderr says why
  child.stdin.end(JSON.stringify(cells.map(toJob)))
  createInterface(child.stdout).on('line', (line) => {
    const message = JSON.parse(line) as Message
    const cell = cells.find((one) => modelOf(one) === message.id)
    if (cell === undefined) return
    if ('has' in message) clientHas(cell)
    else readings.set(cell, message)
  })
  const closed = once(child, 'close').catch((error: unknown) => error)
  const complaints = await text(child.stderr)
  const error = await closed
  if (error instanceof Error || complaints.includes('ModuleNotFoundError')) throw new Error(MISSING, { cause: error })
  if (complaints !== '') throw new Error(`Python has complained: ${complaints.slice(-2_000)}`)
  return readings
}

function toJob(cell: HttpxJob): object {
  const { client, url } = cell
  const model = modelOf(cell)
  const lines = cutOf(cell)?.sent.trimEnd().split(/\r?\n/)
  return { id: model, url: url + client.path(model), body: { model, ...client.body }, until: lines?.at(-1) ?? null }
}
