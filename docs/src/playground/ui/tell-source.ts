import type { Limits, Provenance, Trace } from '@stopbit/traces'
import { duration } from '../draw/words.ts'
import { make } from './parts.ts'

const KINDS: { readonly [kind in Provenance['kind']]: string } = {
  recorded: 'Recorded from a wire: the bytes, their order and how they end are those that were seen.',
  reconstructed: 'Reconstructed from a report: what the source says is kept, and the rest is filled in.',
  synthetic: 'Synthetic: written by hand for one state of a stream. Nobody saw just these bytes.',
}

/** Where a trace comes from, and the limits that it is played with. */
export function tellSource({ provenance }: Trace, limits: Limits): readonly HTMLElement[] {
  const { kind, sources = [], fidelity } = provenance
  const marks = Object.entries(fidelity ?? {}).map(([aspect, mark]) => `${aspect} ${mark}`)
  const durations = Object.entries(limits).map(([name, ms]) => `${name} ${duration(Number(ms))}`)
  return [
    make('p', '', KINDS[kind]),
    ...sources.map((source) => make('p', '', `Source: ${source}`)),
    ...(marks.length === 0 ? [] : [make('p', '', `How true it is: ${marks.join(', ')}.`)]),
    make('p', '', `Limits: ${durations.join(', ')}. They are the suite's, shorter than the defaults of the product.`),
  ]
}
