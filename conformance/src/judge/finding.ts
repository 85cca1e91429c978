import type { Evidence, ExchangeEvidence } from './evidence.ts'

/** What a judge says. `because` is for people: what was seen, with numbers. */
export type Finding =
  | { readonly verdict: 'pass'; readonly because?: string }
  | { readonly verdict: 'fail'; readonly because: string }
  | { readonly verdict: 'not-tested'; readonly because: string }
  /** The invariant is not made for this dialect. */
  | { readonly verdict: 'not-applicable'; readonly because: string }

/** Judges one invariant on a trace's evidence. Pure. */
export type Judge = (evidence: Evidence) => Finding

export const PASS: Finding = { verdict: 'pass' }

export function fail(because: string): Finding {
  return { verdict: 'fail', because }
}

/** A judge that looks at each exchange by itself; the first that fails decides. `undefined` means nothing to object to. */
export function judgeEachExchange(look: (exchange: ExchangeEvidence, evidence: Evidence) => string | undefined): Judge {
  return (evidence) => {
    if (evidence.exchanges.length === 0) return { verdict: 'not-tested', because: 'no exchange took place' }
    for (const exchange of evidence.exchanges) {
      const objection = look(exchange, evidence)
      if (objection !== undefined)
        return fail(evidence.exchanges.length === 1 ? objection : `exchange ${exchange.exchange.id}: ${objection}`)
    }
    return PASS
  }
}
