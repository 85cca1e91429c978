import { findPackageJSON } from 'node:module'
import { readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { MESSAGES_PATH, PLAIN_PATH } from './wire/request.ts'

/** Something between the client and the upstream. */
export interface Peer {
  readonly id: string
  readonly title: string
  /** Ours, of others, or a bare way of doing it that shows what the parts cost. */
  readonly kind: 'ours' | 'other' | 'bare'
  /** Started with UPSTREAM_URL and PORT in its environment; prints `READY <port>`. None: clients go to the upstream itself. */
  readonly command: readonly string[] | undefined
  /** Packages whose versions belong to its numbers. */
  readonly packages: readonly string[]
  /** What its requests ask for. */
  readonly path: string
  /** Where it cannot start, its numbers are n/a, and the run goes on: it is a program that not every machine has. */
  readonly isOptional: boolean
  readonly env: Readonly<Record<string, string>>
}

type Given = Pick<Peer, 'id' | 'title' | 'kind'> & Partial<Peer>

const NODE = [process.execPath, '--conditions=@stopbit/source']
const SOURCE = import.meta.dirname
const BUN = join(dirname(findPackageJSON('bun', import.meta.url) ?? ''), 'bin/bun.exe')
const BRIDGE = '@hono/node-server'

/** Every peer, in the order of the tables. */
export const PEERS: readonly Peer[] = [
  peer({ id: 'direct', title: 'no proxy', kind: 'bare' }),
  node('splice', { title: 'byte splice (node:net)', kind: 'bare' }),
  node('node-http', { title: 'node:http and a pipe', kind: 'bare' }),
  node('undici-dispatch', { title: 'undici dispatch', kind: 'bare', packages: ['undici'] }),
  node('bare-fetch', { title: 'bare fetch relay', kind: 'bare', packages: [BRIDGE] }),
  node('fetch-finalizer', { title: 'fetch relay, five-line finalizer', kind: 'bare', packages: [BRIDGE] }),
  bun('bun', { title: 'bare fetch relay in Bun', kind: 'bare' }),
  node('fastify-http-proxy', {
    title: '@fastify/http-proxy',
    kind: 'other',
    packages: ['@fastify/http-proxy', 'fastify'],
  }),
  node('http-proxy', { title: 'http-proxy', kind: 'other', packages: ['http-proxy'] }),
  node('httpxy', { title: 'httpxy', kind: 'other', packages: ['httpxy'] }),
  node('hono-proxy', { title: "Hono's proxy", kind: 'other', packages: ['hono', BRIDGE] }),
  node('portkey', {
    title: '@portkey-ai/gateway',
    kind: 'other',
    packages: ['@portkey-ai/gateway', 'hono-node-server-1'],
    isOptional: true,
  }),
  node('nginx', { title: 'nginx', kind: 'other', isOptional: true }),
  node('stopbit-node', { title: 'Stopbit: Node adapter', kind: 'ours' }),
  node('stopbit-node-plain', { title: 'Stopbit: Node adapter, protection off', kind: 'ours', path: PLAIN_PATH }),
  node('stopbit-fastify', { title: 'Stopbit: Fastify plugin', kind: 'ours', packages: ['fastify'] }),
  node('stopbit-edge-node', { title: 'Stopbit: fetch adapter on Node', kind: 'ours', packages: [BRIDGE] }),
  bun('stopbit-edge-bun', { title: 'Stopbit: fetch adapter on Bun', kind: 'ours' }),
  peer({
    id: 'stopbit-gateway',
    title: 'Stopbit: gateway',
    kind: 'ours',
    command: [...NODE, join(SOURCE, '../../apps/gateway/src/main.ts'), 'gateway'],
  }),
]

/** What ratios are of. */
export const BASE = 'node-http'

/** The peer of that id. Throws a `RangeError` that names all, if there is none. */
export function peerOf(id: string): Peer {
  const found = PEERS.find((known) => known.id === id)
  if (found !== undefined) return found
  throw new RangeError(`Cannot measure peer "${id}": must be one of ${PEERS.map((known) => known.id).join(', ')}`)
}

/** What a peer consists of, name and version, beside the runtime. */
export function versionsOf({ id, packages }: Peer): Readonly<Record<string, string>> {
  if (id === 'nginx') {
    const said = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? ''
    return { nginx: /nginx\/(\S+)/.exec(said)?.[1] ?? 'n/a' }
  }
  return Object.fromEntries(packages.map(versionOfPackage))
}

function versionOfPackage(specifier: string): [string, string] {
  const file = findPackageJSON(specifier, import.meta.url) ?? ''
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly name: string
    readonly version: string
  }
  return [name, version]
}

function peer(given: Given): Peer {
  return {
    command: undefined,
    packages: [],
    path: MESSAGES_PATH,
    isOptional: false,
    env: {},
    ...given,
  }
}

function node(id: string, given: Omit<Given, 'id'>): Peer {
  return peer({ id, command: [...NODE, join(SOURCE, `peers/${id}.ts`)], ...given })
}

function bun(id: string, given: Omit<Given, 'id'>): Peer {
  const command = [BUN, '--conditions=@stopbit/source', 'run', join(SOURCE, `peers/${id}.ts`)]
  // Its `fetch` has at most 256 requests under way by default.
  const env = { BUN_CONFIG_MAX_HTTP_REQUESTS: '20000' }
  return peer({ id, command, env, packages: ['bun'], isOptional: true, ...given })
}
