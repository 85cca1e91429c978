import type { ClientVerdict } from '../play/judge-client.ts'
import { duration, size } from './words.ts'
import type { Row } from './rows.ts'

/** Characters that fit between two lifelines. */
const FITS = 20

function fit(text: string, most: number = FITS): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/** Events as short as they can be told: what the model said, else the name; and how many more there are. */
function shortEvents(events: readonly string[], byteLength: number, pieces = 1): string {
  if (pieces > 1) return `${pieces}× · ${size(byteLength)}`
  if (events.length === 0) return size(byteLength)
  const said = events.find((event) => event.includes('“')) ?? events[0] ?? ''
  const at = said.indexOf('“')
  const name = at === -1 ? said : said.slice(at)
  const more = events.length > 1 ? ` +${events.length - 1}` : ''
  const room = FITS - more.length
  return (name.length > room && name.endsWith('”') ? `${name.slice(0, room - 2)}…”` : fit(name, room)) + more
}

/** What stands over the upstream's half of a row. */
export function upstreamLabel({ upstream, pieces }: Row): string {
  switch (upstream?.kind) {
    case 'head':
      return String(upstream.status)
    case 'bytes':
      return shortEvents(upstream.events, upstream.bytes.byteLength, pieces)
    case 'end':
      return upstream.fault ? 'ends, unfinished' : 'end'
    case 'fin':
      return 'FIN'
    case 'rst':
      return 'RST'
    case 'refused':
      return 'refused'
    case 'silent':
      return 'silent'
    case 'left':
      return 'let go'
    default:
      return ''
  }
}

/** What stands over the client's half. Bytes that pass as they came are not named twice. */
export function clientLabel({ client, upstream, headStatus, pieces }: Row, verdict: ClientVerdict): string {
  const head = headStatus === undefined ? '' : `${headStatus} · `
  switch (client?.kind) {
    case 'head':
      return String(client.status)
    case 'bytes':
      if (client.heartbeat) return pieces > 1 ? `${pieces}× heartbeat` : 'heartbeat'
      if (headStatus !== undefined && headStatus >= 400)
        return `${headStatus} · ${verdict === 'raw-text' ? 'raw text' : 'JSON error'}`
      if (client.origin === 'proxy') return ownLabel(client.events, client.bytes.byteLength, head)
      if (upstream?.kind === 'bytes' && upstream.bytes.byteLength === client.bytes.byteLength) return head.slice(0, -3)
      return fit(
        `${head}${client.events.length === 0 ? size(client.bytes.byteLength) : countEvents(client.events.length)}`,
      )
    case 'whole':
      return 'end, framing whole'
    case 'cut':
      return 'connection lost'
    case 'gone':
      return 'leaves'
    case 'hangs':
      return 'still waiting'
    default:
      return ''
  }
}

/** What the proxy says in its own words. */
function ownLabel(events: readonly string[], byteLength: number, head: string): string {
  if (events.length === 0) return fit(`${head}${size(byteLength)}`)
  if (!events.includes('error')) return fit(head + shortEvents(events, byteLength))
  return `${head}event: error${events.length > 1 ? ` +${events.length - 1}` : ''}`
}

function countEvents(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}

/** What the proxy decided or holds. */
export function proxyLabel({ proxy, heldBytes }: Row): string {
  switch (proxy?.kind) {
    case 'fault':
      return proxy.limit === undefined ? proxy.fault : `${proxy.fault} · ${proxy.limit}`
    case 'retry':
      return proxy.delayMs === 0 ? 'again at once' : `again in ${duration(proxy.delayMs)}`
    case 'stall':
      return `operator told: ${duration(proxy.silentMs)} silent`
    default:
      return heldBytes > 0 ? `holds ${size(heldBytes)}` : ''
  }
}
