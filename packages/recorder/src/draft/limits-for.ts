import { effectiveLimits, type LimitName, type Limits, type UpstreamStep } from '@stopbit/traces'

/** Far enough above a silence that the two clocks cannot meet: lint asks for a factor of 2. */
const FACTOR = 3

/** The limits that must be longer than by default, so that the pauses of a script are not cut by them; undefined when none must. */
export function limitsFor(steps: readonly UpstreamStep[]): Limits | undefined {
  const headAt = steps.findIndex((step) => step.do === 'send')
  const longest = (part: readonly UpstreamStep[]): number =>
    Math.max(0, ...part.map((step) => (step.do === 'wait' ? step.ms : 0)))
  const before = longest(headAt < 0 ? steps : steps.slice(0, headAt))
  const after = longest(headAt < 0 ? [] : steps.slice(headAt))
  const raised = { ...raise('headersTimeoutMs', before, 1), ...raise('idleTimeoutMs', after, 1) }
  const idle = raised.idleTimeoutMs ?? 0
  const all = { ...raised, ...raise('progressTimeoutMs', Math.max(idle / FACTOR, after), 2) }
  return Object.keys(all).length === 0 ? undefined : all
}

function raise(name: LimitName, silenceMs: number, times: number): Limits {
  const present = effectiveLimits(undefined)[name] ?? Infinity
  return silenceMs * 2 <= present ? {} : { [name]: Math.ceil(silenceMs * FACTOR * times) }
}
