import { INVARIANTS } from '../invariants.ts'
import { JUDGES } from '../judge/judges.ts'
import { loadTraces } from '../load-traces.ts'
import { createPrinter } from '../report/printer.ts'

/** Prints what the suite holds: traces, and invariants with whether they can be judged. Returns the exit code. */
export function listCommand({ json }: { readonly json?: true }): 0 {
  const { line } = createPrinter(process.stdout)
  const traces = loadTraces().map(({ trace }) => trace)
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
    line(JSON.stringify({ traces: rows, invariants }, null, 2))
    return 0
  }
  const width = Math.max(...traces.map(({ id }) => id.length))
  for (const { id, title, provenance } of traces) line(`${id.padEnd(width)}  ${provenance.kind.padEnd(13)}  ${title}`)
  line('')
  for (const { id, level, statement, judged } of invariants) {
    line(`${id.padEnd(9)}  ${level.padEnd(6)}  ${statement}${judged ? '' : ' (no judge yet)'}`)
  }
  return 0
}
