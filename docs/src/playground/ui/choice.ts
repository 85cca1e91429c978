import { ENDING_POLICIES, type EndingPolicy } from '@stopbit/sse'

/** Which sides are shown. */
type Shown = 'both' | 'stopbit' | 'plain'

const SHOWN: readonly Shown[] = ['both', 'stopbit', 'plain']

/** All that a link to the playground says. */
export interface Choice {
  /** Id of a trace, or of one of its permutations. */
  readonly trace: string
  readonly ending: EndingPolicy
  readonly show: Shown
}

/** What the playground opens with. */
export const FIRST_CHOICE: Choice = { trace: 'anthropic/rst-mid-sse-856', ending: 'error', show: 'both' }

/** Reads a choice from a URL's hash. What it does not say, or says wrongly, is as in `FIRST_CHOICE`. */
export function parseChoice(hash: string): Choice {
  const said = new URLSearchParams(hash.replace(/^#/, ''))
  const [trace, ending, show] = [said.get('trace'), said.get('ending'), said.get('show')]
  return {
    trace: trace === null || !/^[a-z0-9-]+\/[a-z0-9-]+(?:\/\w+:[\w-]+)?$/i.test(trace) ? FIRST_CHOICE.trace : trace,
    ending: ENDING_POLICIES.find((policy) => policy === ending) ?? FIRST_CHOICE.ending,
    show: SHOWN.find((shown) => shown === show) ?? FIRST_CHOICE.show,
  }
}

/** A choice as a URL's hash; ids stay readable. */
export function formatChoice({ trace, ending, show }: Choice): string {
  return `#trace=${trace}&ending=${ending}&show=${show}`
}
