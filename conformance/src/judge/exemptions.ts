import type { Dialect, Trace } from '@stopbit/traces'

/** An invariant that says nothing about a dialect, and why. */
interface Exemption {
  readonly invariant: string
  readonly dialect: Dialect
  /** Where it is so; undefined means everywhere. */
  readonly when?: (trace: Trace) => boolean
  readonly because: string
}

/** RAW-1 and the JSON rule of SSE-1 say themselves what they leave out for opaque streams. Source: design, section 7. */
const EXEMPTIONS: readonly Exemption[] = [
  {
    invariant: 'HANG-2',
    dialect: 'gemini',
    because: 'Gemini has no terminal event: after its finish reason more may follow',
  },
  {
    invariant: 'HANG-1',
    dialect: 'opaque',
    when: hasSilence,
    because: 'an unknown stream may rightly be silent for hours',
  },
  { invariant: 'TERM-1', dialect: 'opaque', because: 'an unknown stream has no terminal event' },
  { invariant: 'SSE-2', dialect: 'opaque', because: 'an unknown stream has no grammar' },
]

/** Why an invariant is not judged on a trace; undefined when it is. */
export function exemptionOf(invariant: string, trace: Trace): string | undefined {
  return EXEMPTIONS.find(
    (row) => row.invariant === invariant && row.dialect === trace.dialect && row.when?.(trace) !== false,
  )?.because
}

function hasSilence({ upstream }: Trace): boolean {
  return upstream.connections.some(({ script }) => script.some((step) => step.do === 'stall'))
}
