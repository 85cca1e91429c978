import { loadTrace } from '@stopbit/traces/data'
import { http, HttpResponse, type HttpHandler } from 'msw'
import { planReplay } from './plan-replay.ts'
import type { PlannedAnswer } from './planned-answer.ts'
import { answersOf, choosePermutation, playNext, timingOf, urlMatcher, type ReplayOptions } from './replay.ts'

/** Names the trace that a request is to meet: `anthropic/cut-in-text/ending:rst`. */
export const TRACE_HEADER = 'x-stopbit-trace'

export type ReplayAllOptions = Pick<ReplayOptions, 'scale' | 'barrierMs'> & {
  /** A base URL, such as `https://api.test`. */
  readonly url: string | URL
}

/** `/anthropic/cut-in-text/ending:rst/v1/messages` */
const TRACE_PATH = /^\/([a-z0-9-]+\/[a-z0-9-]+)(?:\/([\w-]+:[\w-]+))?(?=\/|\?|$)/
const TRACE_ID = /^([a-z0-9-]+\/[a-z0-9-]+)(?:\/([\w-]+:[\w-]+))?$/

/**
 * An MSW handler with every trace of the suite behind it. A request names its trace by the header `x-stopbit-trace` or, without it, by the
 * path below `url`: a client whose base URL is `https://api.test/anthropic/cut-in-text/ending:rst` needs nothing else. Each trace is loaded
 * when it is first asked for. Which answer of a trace comes next is the handler's own state: make a new one for each test.
 *
 * A request that names no trace, or one that cannot be replayed, gets a 501 whose text says so.
 */
export function replayAll(options: ReplayAllOptions): HttpHandler {
  const timing = timingOf(options)
  const matches = urlMatcher(options.url)
  const running = new Map<string, Promise<() => PlannedAnswer | undefined>>()
  return http.all(
    ({ request }) => matches(request.url) !== undefined,
    async ({ request }) => {
      const header = request.headers.get(TRACE_HEADER)
      const named = header === null ? TRACE_PATH.exec(matches(request.url) ?? '') : TRACE_ID.exec(header)
      if (named === null) return refusal(`Name a trace: by the header ${TRACE_HEADER}, or in the path`)
      const [, id = '', permutation] = named
      const key = permutation === undefined ? id : `${id}/${permutation}`
      const answers = running.get(key) ?? loadAnswers(id, permutation)
      running.set(key, answers)
      try {
        return await playNext((await answers)(), request, timing)
      } catch (error) {
        return refusal(error instanceof Error ? error.message : String(error))
      }
    },
  )
}

async function loadAnswers(id: string, permutation: string | undefined): Promise<() => PlannedAnswer | undefined> {
  return answersOf(planReplay(choosePermutation(await loadTrace(id), permutation)))
}

function refusal(text: string): Response {
  return HttpResponse.text(text, { status: 501 })
}
