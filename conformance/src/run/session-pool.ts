import { effectiveLimits, type Trace } from '@stopbit/traces'
import { TargetSession, type TraceRun } from './target-session.ts'
import { takesPort } from './taken-port.ts'

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
