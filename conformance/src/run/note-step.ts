import { resolveSend, type H2GoawayStep, type SendStep, type TlsStep, type UpstreamStep } from '@stopbit/traces'
import type { TimelineEntry, TimelineKind } from '../timeline.ts'
import type { Stage } from './stage.ts'

const MAX_TEXT = 80

const KINDS: { readonly [kind in UpstreamStep['do']]?: TimelineKind } = {
  send: 'send',
  'chunk-header': 'send',
  'chunk-end': 'send',
  'h2-ping-flood': 'send',
  'h2-raw': 'send',
  accept: 'wait',
  wait: 'wait',
  barrier: 'barrier',
  stall: 'stall',
  fin: 'close',
  truncate: 'close',
  rst: 'reset',
  'h2-rst-stream': 'reset',
}

/** Puts a step of the upstream on the timeline. What is only read, or stands for others, is noted where it happens. */
export function noteStep(stage: Stage, connection: string, step: UpstreamStep): void {
  if (step.do === 'read-request' || step.do === 'loop' || step.do === 'refuse' || step.do === 'variant') return
  const fault: Pick<TimelineEntry, 'fault'> = 'fault' in step && step.fault === true ? { fault: true } : {}
  stage.note({ lane: 'upstream', connection, kind: kindOf(step), ...describeStep(step), ...fault })
}

function kindOf(step: UpstreamStep): TimelineKind {
  if (step.do === 'tls') return TLS_STEPS[step.how].kind
  return KINDS[step.do] ?? 'note'
}

const TLS_STEPS: { readonly [how in TlsStep['how']]: { readonly kind: TimelineKind; readonly text: string } } = {
  'handshake-stall': { kind: 'stall', text: 'no answer to the ClientHello; connectTimeoutMs must end it' },
  'handshake-rst': { kind: 'reset', text: 'RST after the ClientHello' },
  'handshake-fin': { kind: 'close', text: 'FIN after the ClientHello' },
  garbage: { kind: 'send', text: 'bytes that are no TLS, then FIN' },
  'plain-http': { kind: 'send', text: 'a plain HTTP answer to the ClientHello, then FIN' },
  'expired-cert': { kind: 'note', text: 'shows an expired certificate' },
  'wrong-host': { kind: 'note', text: 'shows a certificate of another host' },
  'untrusted-cert': { kind: 'note', text: 'shows a certificate of an unknown authority' },
}

const GOES_AWAY: { readonly [stream in H2GoawayStep['lastStream']]: string } = {
  this: 'up to this stream all is processed',
  none: 'no stream is processed',
  all: 'streams may still come',
}

/** Of the steps that are noted. Durations and sizes are those of the trace. */
function describeStep(step: UpstreamStep): Pick<TimelineEntry, 'text' | 'bytes'> {
  switch (step.do) {
    case 'send':
      return describeSend(step)
    case 'tls':
      return { text: TLS_STEPS[step.how].text }
    case 'accept':
      return { text: `reads nothing for ${step.delayMs} ms` }
    case 'wait':
      return { text: `waits ${step.ms} ms` }
    case 'barrier':
      return { text: `until ${step.until}` }
    case 'stall':
      return { text: `silent; ${step.boundedBy} must end it` }
    case 'pause-read':
      return { text: 'stops reading the request' }
    case 'resume-read':
      return { text: 'reads the request again' }
    case 'fin':
      return { text: 'FIN' }
    case 'truncate':
      return { text: 'FIN without close_notify' }
    case 'rst':
      return { text: 'RST' }
    case 'chunk-header':
      return { text: `chunk header: ${typeof step.size === 'number' ? `${step.size} bytes` : `"${step.size}"`}` }
    case 'chunk-end':
      return { text: step.trailers === undefined ? 'last chunk' : 'last chunk, with trailers' }
    case 'h2-rst-stream':
      return { text: `RST_STREAM ${step.code}` }
    case 'h2-goaway':
      return { text: `GOAWAY ${step.code}: ${GOES_AWAY[step.lastStream]}` }
    case 'h2-ping-flood':
      return { text: `${step.count} PING frames` }
    case 'h2-window-zero':
      return { text: 'SETTINGS: no room for an upload' }
    case 'h2-raw':
      return { text: 'bytes that are no sound frame' }
    case 'expect-abort':
      return { text: `the target must let go within ${step.withinMs} ms` }
    default:
      return { text: step.do }
  }
}

function describeSend(step: SendStep): Pick<TimelineEntry, 'text' | 'bytes'> {
  const { payload, writes } = resolveSend(step)
  const words = describeBytes(payload)
  const drip = step.everyMs === undefined ? '' : `, a write every ${step.everyMs} ms`
  return { bytes: payload.length, text: writes.length === 1 ? words : `${words} (${writes.length} writes${drip})` }
}

/** Bytes in words: the names of their events, or how they begin. */
export function describeBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  const names = [...text.matchAll(/^event: ?(.*?)\r?$/gm)].map(([, name = '']) => name)
  const words = names.length > 0 ? names.join(', ') : (text.split(/\r?\n/, 1)[0] ?? '')
  const printable = words.replace(/[^\x20-\x7e]/g, '·')
  return printable.length > MAX_TEXT ? `${printable.slice(0, MAX_TEXT - 1)}…` : printable
}
