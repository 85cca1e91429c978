import type { Trace } from '@stopbit/traces'
import { findInvariant, PRECEDENCE } from '../invariants.ts'
import type { Cell, Verdict } from '../verdict.ts'
import type { Attestation } from './attest.ts'
import type { Evidence } from './evidence.ts'
import { exemptionOf } from './exemptions.ts'
import type { Finding } from './finding.ts'
import { JUDGES } from './judges.ts'

/** Judges every invariant that the trace names, and only those. */
export function judgeTrace(evidence: Evidence, attestation: Attestation): Cell[] {
  const findings = new Map(
    namedInvariants(evidence.trace).map(({ invariant }) => [invariant, judge(invariant, evidence)]),
  )
  const failed = [...findings].flatMap(([id, finding]) => (finding.verdict === 'fail' ? [id] : []))
  return namedInvariants(evidence.trace).map(({ invariant, level }) => {
    const finding = findings.get(invariant) ?? { verdict: 'not-tested', because: 'was not judged' }
    return { invariant, level, ...toVerdict(finding, { invariant, level, failed, attestation }) }
  })
}

/** The same verdict for all cells of a trace that was not played. */
export function uniformCells(trace: Trace, verdict: Verdict): Cell[] {
  return namedInvariants(trace).map((named) => ({ ...named, ...verdict }))
}

function namedInvariants({ expect }: Trace): { invariant: string; level: 'must' | 'should' }[] {
  return [
    ...expect.must.map((invariant) => ({ invariant, level: 'must' as const })),
    ...(expect.should ?? []).map((invariant) => ({ invariant, level: 'should' as const })),
  ]
}

function judge(id: string, evidence: Evidence): Finding {
  const exemption = exemptionOf(id, evidence.trace)
  if (exemption !== undefined) return { verdict: 'not-applicable', because: exemption }
  const judgeOne = JUDGES.get(id)
  return judgeOne === undefined
    ? { verdict: 'not-tested', because: 'this invariant has no judge yet' }
    : judgeOne(evidence)
}

interface Context {
  readonly invariant: string
  readonly level: 'must' | 'should'
  readonly failed: readonly string[]
  readonly attestation: Attestation
}

function toVerdict(finding: Finding, { invariant, level, failed, attestation }: Context): Verdict {
  if (attestation.state === 'missing') return { verdict: 'inconclusive', because: attestation.because }
  if (finding.verdict === 'fail') {
    const by = blockerOf(invariant, failed)
    if (by !== undefined) return { verdict: 'blocked', by, because: finding.because }
    const should = level === 'should' || findInvariant(invariant)?.level === 'SHOULD'
    return { verdict: should ? 'warn' : 'fail', because: finding.because }
  }
  if (attestation.state === 'ended-early') return { verdict: 'inconclusive', because: attestation.because }
  if (finding.verdict === 'pass' && attestation.state === 'preempted') return { ...finding, preempted: true }
  return finding
}

function blockerOf(invariant: string, failed: readonly string[]): string | undefined {
  for (const [blocker, blocks] of PRECEDENCE) {
    if (!blocks.includes(invariant)) continue
    const found = blocker === '*' ? failed.find((id) => id !== invariant) : failed.find((id) => id === blocker)
    if (found !== undefined) return found
  }
  return undefined
}
