import type { Trace } from '@stopbit/traces'
import { http, HttpResponse, type HttpHandler } from 'msw'
import { IMPOSSIBILITIES } from './differences.ts'
import { impossibilityOf } from './fidelity.ts'
import { findPermutation } from './find-permutation.ts'
import { planReplay } from './plan-replay.ts'
import { playAnswer, type ReplayTiming } from './play-answer.ts'
import type { PlannedAnswer, ReplayPlan } from './planned-answer.ts'

export interface ReplayOptions {
  /**
   * Which requests meet the trace: a URL and all below it, such as `https://api.anthropic.com`; relative to the page in a browser.
   * Or an expression for the whole URL.
   */
  readonly url: string | URL | RegExp
  /** Factor for the waits of the trace, default 1. 0 leaves them out. */
  readonly scale?: number | undefined
  /**
   * How long a barrier takes, in milliseconds, default 50; not scaled. At a barrier the trace waits until the client has what was sent,
   * which a mocked response cannot know. Raise it when a client loses its last words before an error.
   */
  readonly barrierMs?: number | undefined
  /** Which permutation of a trace that has several, as its id ends: `ending:rst`, `cutAt:120`. */
  readonly permutation?: string | undefined
}

/**
 * An MSW handler whose upstream is the trace's: head, writes in order with their waits, and the end. The first request meets the first
 * answer, the next one the next, such as a retry; what goes beyond the trace meets a network error. The state is the handler's own:
 * make a new one for each test.
 *
 * Throws a `RangeError` for a wrong option and for a trace with several permutations when none of them is named, and a `TypeError` for one
 * that cannot be replayed.
 */
export function replay(trace: Trace, options: ReplayOptions): HttpHandler {
  const nextAnswer = answersOf(planReplay(choosePermutation(trace, options.permutation)))
  const timing = timingOf(options)
  const matches = urlMatcher(options.url)
  return http.all(
    ({ request }) => matches(request.url) !== undefined,
    ({ request }) => playNext(nextAnswer(), request, timing),
  )
}

/** Plays an answer, or what a request meets beyond the trace. */
export async function playNext(
  answer: PlannedAnswer | undefined,
  request: Request,
  timing: ReplayTiming,
): Promise<Response> {
  return answer === undefined ? HttpResponse.error() : await playAnswer(answer, request, timing)
}

/** The answers one after the other; undefined beyond the last. */
export function answersOf({ answers, repeats }: ReplayPlan): () => PlannedAnswer | undefined {
  let asked = 0
  return () => {
    const index = asked
    asked += 1
    if (index < answers.length || repeats === 0) return answers[index]
    return answers[answers.length - repeats + ((index - answers.length) % repeats)]
  }
}

/** Checks a replay's times. Throws a `RangeError`. */
export function timingOf({ scale = 1, barrierMs = 50 }: Pick<ReplayOptions, 'scale' | 'barrierMs'>): ReplayTiming {
  for (const [name, value] of Object.entries({ scale, barrierMs })) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} must be a number from 0: ${value}`)
  }
  return { scale, barrierMs }
}

/** A trace as it is played: itself, or the permutation by that name. Throws as `replay()` does. */
export function choosePermutation(trace: Trace, name: string | undefined): Trace {
  const why = impossibilityOf(trace)
  if (why !== undefined) throw new TypeError(`Cannot replay ${trace.id}: ${IMPOSSIBILITIES[why]}`)
  return findPermutation(trace, name)
}

/** Says what of a URL is below the base: an empty string for the base itself, undefined for other URLs. Throws a `RangeError`. */
export function urlMatcher(base: ReplayOptions['url']): (url: string) => string | undefined {
  if (base instanceof RegExp) return (url) => (url.search(base) === -1 ? undefined : '')
  const { origin, pathname } = resolveUrl(base)
  const start = `${origin}${pathname.replace(/\/$/, '')}`
  return (url) => {
    if (!url.startsWith(start)) return undefined
    const rest = url.slice(start.length)
    return rest === '' || /^[/?#]/.test(rest) ? rest : undefined
  }
}

/** Relative to the page, where there is one. */
function resolveUrl(base: string | URL): URL {
  const page = 'location' in globalThis ? globalThis.location.href : undefined
  const url = URL.canParse(base, page) ? new URL(base, page) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new RangeError(`url must be a URL with http:// or https://, or an expression: ${base}`)
}
