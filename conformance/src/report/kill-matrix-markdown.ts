import type { Trace } from '@stopbit/traces'
import { INVARIANTS } from '../invariants.ts'
import { isControl, killsByTrace, type MutantResult } from '../run-mutants.ts'
import { markdownTable } from './matrix-markdown.ts'

/** Of a page of the docs site. */
const HEAD = `---
title: The proof that the suite can fail
description: Which deliberate mistakes each invariant and each trace of the conformance suite catches.
editUrl: false
sidebar:
  order: 4
  label: Mutants
---

A mutant is the suite's reference proxy (\`conformance/mutants/\`) with one thing broken. All traces are played against each of
them, with every sixteenth cut of those that are cut at every byte. A mutant must fail its own invariants and no other. Made by
\`./run conformance mutants --write docs/src/content/docs/conformance/mutants.md\`.`

/** The whole matrix as a page: what each mutant breaks and what sees it, what proves each invariant, and what each trace is good for. `again`: plays that were repeated. */
export function killMatrixMarkdown(results: readonly MutantResult[], traces: readonly Trace[], again: number): string {
  const sections = [
    HEAD,
    `${results.filter(({ killed }) => killed).length} of ${results.length} mutants fail exactly their own invariants, in ${traces.length} traces. ${again} of ${results.length * traces.length} plays were repeated, each on a process of its own, for they had objected to something else.`,
    '## Mutants',
    'The numbers are those of the traces, or of their variants, in which the invariant failed.',
    markdownTable(['mutant', 'change', 'fails', 'traces'], results.map(mutantRow)),
    '## Invariants',
    markdownTable(
      ['invariant', 'mutants that it catches', 'alone'],
      INVARIANTS.map(({ id }) => invariantRow(id, results)),
    ),
    '## Traces',
    "How many mutants each catches. A control is a healthy exchange, or one whose only fault is the client's: it may catch none.",
    markdownTable(['trace', 'mutants', ''], traceRows(results, traces)),
  ]
  return `${sections.join('\n\n')}\n`
}

function mutantRow({ mutant, killed, failed, suite }: MutantResult): string[] {
  const fails = mutant.fails.map((id) => `${id} (${failed.get(id)?.length ?? 0})`).join(', ')
  const caught = new Set([...failed.values()].flat())
  const bases = new Set(suite.traces.flatMap(({ trace, base }) => (caught.has(trace) ? [base] : [])))
  return [`\`${mutant.name}\`${killed ? '' : ' **survived**'}`, mutant.change, fails, String(bases.size)]
}

function invariantRow(id: string, results: readonly MutantResult[]): string[] {
  const catching = results.filter(({ failed }) => failed.has(id))
  const alone = catching.filter(({ mutant, killed }) => killed && mutant.fails.length === 1)
  return [id, String(catching.length), alone.map(({ mutant }) => `\`${mutant.name}\``).join(', ')]
}

function traceRows(results: readonly MutantResult[], traces: readonly Trace[]): string[][] {
  const kills = killsByTrace(results, traces)
  return traces.map((trace) => [trace.id, String(kills.get(trace.id)?.length ?? 0), isControl(trace) ? 'control' : ''])
}
