import type { EndingPolicy } from '@stopbit/sse'
import type { Trace } from '@stopbit/traces'
import { isTruthful, judgeClient, type ClientVerdict } from './judge-client.ts'
import { PlainRelay } from './plain-relay.ts'
import { playTrace } from './play-trace.ts'
import type { Timeline } from './timeline.ts'

/** One proxy's play of a trace. */
export interface Side {
  readonly id: 'plain' | 'stopbit'
  /** As its lane is headed. */
  readonly name: string
  readonly timeline: Timeline
  /** The worst that any exchange came to for its client. */
  readonly verdict: ClientVerdict
}

/** Plays a trace through a plain relay and through the core. */
export function playBoth(trace: Trace, ending: EndingPolicy): readonly [plain: Side, stopbit: Side] {
  return [
    toSide(
      trace,
      { id: 'plain', name: 'Plain relay' },
      playTrace(trace, { machine: (context) => new PlainRelay(context) }),
    ),
    toSide(trace, { id: 'stopbit', name: 'Stopbit' }, playTrace(trace, { ending })),
  ]
}

function toSide({ dialect }: Trace, named: Pick<Side, 'id' | 'name'>, timeline: Timeline): Side {
  const verdicts = timeline.exchanges.map(({ answer }) => judgeClient(dialect, answer))
  return { ...named, timeline, verdict: verdicts.find((verdict) => !isTruthful(verdict)) ?? verdicts.at(-1) ?? 'hangs' }
}
