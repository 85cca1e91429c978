import { INVARIANTS } from '../invariants.ts'
import { JUDGES } from '../judge/judges.ts'
import { loadTraces } from '../load-traces.ts'
import { PROFILES, selectsTrace } from '../profiles.ts'
import { createPrinter } from '../report/printer.ts'
import { releases } from '../requirements.ts'

/** Prints what the suite holds: traces, invariants with whether they can be judged, profiles and frozen releases. Returns the exit code. */
export function listCommand({ json }: { readonly json?: true }): 0 {
  const { line } = createPrinter(process.stdout)
  const traces = loadTraces().map(({ trace }) => trace)
  const profiles = PROFILES.map(({ name, about }) => ({
    name,
    about,
    traces: traces.filter((trace) => selectsTrace(trace, [name])).length,
  }))
  const invariants = INVARIANTS.map((invariant) => ({ ...invariant, judged: JUDGES.has(invariant.id) }))
  if (json === true) {
    const rows = traces.map(({ id, title, family, tags, provenance, expect }) => ({
      id,
      title,
      family,
      tags,
      provenance: provenance.kind,
      ...expect,
    }))
    line(JSON.stringify({ traces: rows, invariants, profiles, releases: releases() }, null, 2))
    return 0
  }
  const width = Math.max(...traces.map(({ id }) => id.length))
  for (const { id, title, provenance } of traces) line(`${id.padEnd(width)}  ${provenance.kind.padEnd(13)}  ${title}`)
  line('')
  for (const { id, level, statement, judged } of invariants) {
    line(`${id.padEnd(9)}  ${level.padEnd(6)}  ${statement}${judged ? '' : ' (no judge yet)'}`)
  }
  line('')
  for (const { name, about, traces: count } of profiles)
    line(`${name.padEnd(13)}  ${String(count).padStart(4)} traces  ${about}`)
  line(`releases: ${releases().join(', ') || 'none is frozen yet'}`)
  return 0
}
