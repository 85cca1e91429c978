import type { BehaviourName } from './behaviours.ts'
import { BEHAVIOUR_WEIGHTS, UPLOAD_BEHAVIOURS } from './behaviours.ts'
import { Random } from './random.ts'
import { WIRES, type Wire } from './streams.ts'

/** What a client does, beside asking. */
export const CLIENT_WEIGHTS = {
  read: 52,
  'read-slowly': 8,
  'stop-reading': 1.5,
  'leave-by-fin': 5,
  'leave-by-reset': 5,
  'leave-at-once': 2,
  'leave-uploading-by-fin': 1.5,
  'leave-uploading-by-reset': 1.5,
  'stall-upload': 2,
  'upload-1mib': 4,
} as const
type ClientBehaviour = keyof typeof CLIENT_WEIGHTS

/** How the exchanges of one session share connections. */
const SESSION_WEIGHTS = { single: 40, 'keep-alive': 30, pipeline: 10, fetch: 20 } as const
type SessionStyle = keyof typeof SESSION_WEIGHTS

/** All that is decided of one exchange before it runs. */
export interface ExchangePlan {
  /** Names it on the wire, in its record and in every text of its answer. */
  readonly id: string
  readonly wire: Wire
  /** What the upstream does on the first attempt, and on a later one. */
  readonly upstream: BehaviourName
  readonly upstreamAgain: BehaviourName
  readonly client: ClientBehaviour
  readonly requestBytes: number
  /** Of what chance decides while it runs. */
  readonly chances: number
}

export interface SessionPlan {
  readonly style: SessionStyle
  readonly exchanges: readonly ExchangePlan[]
}

const MIB = 1024 * 1024
/** Clients that go on after their exchange: only they can share a connection. */
const STAYING: readonly ClientBehaviour[] = ['read', 'read-slowly', 'upload-1mib']
const UPLOADS: ReadonlySet<ClientBehaviour> = new Set([
  'leave-uploading-by-fin',
  'leave-uploading-by-reset',
  'stall-upload',
  'upload-1mib',
])

/** The session of this number in the run of this seed. */
export function planSession(seed: number, number: number): SessionPlan {
  const random = new Random(seed, number)
  const style = random.weighted(SESSION_WEIGHTS)
  const count = style === 'keep-alive' || style === 'pipeline' ? random.between(2, 4) : 1
  const exchanges = Array.from({ length: count }, (_, i) => planExchange(random, `x${number}-${i}`, style))
  return { style, exchanges }
}

function planExchange(random: Random, id: string, style: SessionStyle): ExchangePlan {
  const client = planClient(random, style)
  const upstream = planUpstream(random, client, style)
  const upstreamAgain = random.chance(0.5) ? 'whole' : upstream
  const isUpload = UPLOADS.has(client) || UPLOAD_BEHAVIOURS.has(upstream)
  const requestBytes = isUpload ? MIB : random.pick([200, 2_000, 60_000])
  const wire = random.pick(WIRES)
  return { id, wire, upstream, upstreamAgain, client, requestBytes, chances: random.between(0, 2 ** 31) }
}

function planClient(random: Random, style: SessionStyle): ClientBehaviour {
  if (style === 'single') return random.weighted(CLIENT_WEIGHTS)
  if (style === 'pipeline') return 'read'
  if (style === 'fetch') return random.weighted({ read: 8, 'upload-1mib': 1, 'leave-by-reset': 1 })
  return random.weighted({ read: 8, 'read-slowly': 1, 'upload-1mib': 1 })
}

/** What is left out of pipelines: what never ends would keep those behind it waiting for good. */
const NOT_PIPELINED: ReadonlySet<BehaviourName> = new Set(['flood'])

function planUpstream(random: Random, client: ClientBehaviour, style: SessionStyle): BehaviourName {
  if (client === 'stop-reading') return 'flood'
  if (client === 'stall-upload' || client.startsWith('leave-uploading')) return 'whole'
  if (client.startsWith('leave') && random.chance(0.7)) return 'whole-dripped'
  const upstream = random.weighted(BEHAVIOUR_WEIGHTS)
  if (style === 'pipeline' && NOT_PIPELINED.has(upstream)) return 'whole'
  return upstream === 'flood' && !STAYING.includes(client) ? 'whole-dripped' : upstream
}

/** Bodies do not name their exchange, so that each kind of them is made once. */
const bodies = new Map<string, Buffer>()

/** The body of a request, padded to its size; with a canary that must come back nowhere. */
export function requestBody({ wire, requestBytes, chances }: ExchangePlan): Buffer {
  const isStored = wire === 'responses' && chances % 2 === 0
  const key = `${wire} ${requestBytes} ${isStored}`
  const known = bodies.get(key)
  if (known !== undefined) return known
  const made = Buffer.from(JSON.stringify(requestJson(wire, `a prompt canary ${'p'.repeat(requestBytes)}`, isStored)))
  bodies.set(key, made)
  return made
}

function requestJson(wire: Wire, content: string, isStored: boolean): object {
  switch (wire) {
    case 'anthropic':
      return { model: 'soak', max_tokens: 9, stream: true, messages: [{ role: 'user', content }] }
    case 'chat':
      return { model: 'soak', stream: true, messages: [{ role: 'user', content }] }
    case 'responses': // stored by default, and then not to be asked for twice
      return { model: 'soak', stream: true, input: content, ...(!isStored && { store: false }) }
    case 'gemini-sse':
    case 'gemini-array':
      return { contents: [{ role: 'user', parts: [{ text: content }] }] }
    default:
      return wire satisfies never
  }
}

const TARGETS: Readonly<Record<Wire, string>> = {
  anthropic: '/v1/messages',
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  'gemini-sse': '/v1beta/models/soak:streamGenerateContent?alt=sse',
  'gemini-array': '/v1beta/models/soak:streamGenerateContent',
}

/** Path and query of a request. */
export function targetOf({ wire }: ExchangePlan): string {
  return TARGETS[wire]
}
