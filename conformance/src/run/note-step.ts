import { resolveSend, type UpstreamStep } from '@stopbit/traces'
import type { TimelineEntry, TimelineKind } from '../timeline.ts'
import type { Stage } from './stage.ts'

const MAX_TEXT = 80

const KINDS: { readonly [kind in UpstreamStep['do']]?: TimelineKind } = {
  send: 'send',
  'chunk-end': 'send',
  wait: 'wait',
  barrier: 'barrier',
  stall: 'stall',
  fin: 'close',
  rst: 'reset',
}

/** Puts a step of the upstream on the timeline. What is only read, or stands for others, is noted where it happens. */
export function noteStep(stage: Stage, connection: string, step: UpstreamStep): void {
  if (step.do === 'read-request' || step.do === 'loop' || step.do === 'refuse' || step.do === 'variant') return
  const fault: Pick<TimelineEntry, 'fault'> = 'fault' in step && step.fault === true ? { fault: true } : {}
  const kind = KINDS[step.do] ?? 'note'
  stage.note({ lane: 'upstream', connection, kind, ...describeStep(step), ...fault })
}

function describeStep(step: UpstreamStep): Pick<TimelineEntry, 'text' | 'bytes'> {
  switch (step.do) {
    case 'send': {
      const { payload } = resolveSend(step)
      return { bytes: payload.length, text: describeBytes(payload) }
    }
    case 'wait':
      return { text: `waits ${step.ms} ms` }
    case 'barrier':
      return { text: `until ${step.until}` }
    case 'stall':
      return { text: `silent; ${step.boundedBy} must end it` }
    case 'fin':
      return { text: 'FIN' }
    case 'rst':
      return { text: 'RST' }
    case 'chunk-end':
      return { text: 'last chunk' }
    default:
      return { text: step.do }
  }
}

/** Bytes in words: the names of their events, or how they begin. */
export function describeBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1')
  const names = [...text.matchAll(/^event: ?(.*?)\r?$/gm)].map(([, name = '']) => name)
  const words = names.length > 0 ? names.join(', ') : (text.split(/\r?\n/, 1)[0] ?? '')
  const printable = words.replace(/[^\x20-\x7e]/g, '·')
  return printable.length > MAX_TEXT ? `${printable.slice(0, MAX_TEXT - 1)}…` : printable
}
