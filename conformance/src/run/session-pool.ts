import { effectiveLimits, type Trace } from '@stopbit/traces'
import { TargetSession, type TraceRun } from './target-session.ts'
import { takesPort } from './taken-port.ts'

/** Processes that start at the same time, of all pools: more would starve what is being measured. */
const STARTS = 2

let starting = 0
const waiting: (() => void)[] = []

/** Processes of one target that serve one trace after the other. What they are told when they start is what tells them apart. */
export class SessionPool {
  readonly #idle = new Map<string, TargetSession[]>()

  /** A session that nobody uses now, or a new one. Give it back. */
  take(trace: Trace, run: TraceRun): TargetSession {
    return this.#idle.get(keyOf(trace, run))?.pop() ?? new TargetSession(run)
  }

  /** One whose upstream has a port of its own serves no other trace, and ends here. */
  async giveBack(trace: Trace, run: TraceRun, session: TargetSession): Promise<void> {
    if (takesPort(trace)) return await session.close()
    const key = keyOf(trace, run)
    this.#idle.set(key, [...(this.#idle.get(key) ?? []), session])
  }

  /** Does something that costs the machine much when it is free to. */
  async inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    if (starting >= STARTS) await new Promise<void>((resolve) => void waiting.push(resolve))
    else starting += 1
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next === undefined) starting -= 1
      else next()
    }
  }

  /** Ends all that is idle. */
  async close(): Promise<void> {
    const sessions = [...this.#idle.values()].flat()
    this.#idle.clear()
    await Promise.all(sessions.map((session) => session.close()))
  }
}

function keyOf(trace: Trace, { timing }: TraceRun): string {
  const { tls = false, http = '1.1' } = trace.upstream
  const own = takesPort(trace) ? trace.id : ''
  return JSON.stringify([effectiveLimits(trace.limits), tls, http, timing.scale, own])
}
