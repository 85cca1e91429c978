import type { ExchangeSink } from '../sink.ts'

/** Tells somebody who only wants to know. If that throws, it is no reason to end an exchange; the operator hears of it. */
export function observe(sink: ExchangeSink, tell: () => void): void {
  try {
    tell()
  } catch (defect) {
    reportDefect(sink, 'An observer of an exchange has thrown', defect)
  }
}

/** Reports a defect to the operator; if that throws too, there is nobody left to be told. */
export function reportDefect(sink: ExchangeSink, what: string, defect: unknown): void {
  try {
    sink.broken?.(describe(what, defect))
  } catch {
    // The exchange has to end, or to go on, all the same.
  }
}

/** What was thrown and where, without its message: that may quote a prompt or a key. */
function describe(what: string, defect: unknown): Error {
  const error = new Error(`${what} (${nameOf(defect)})`)
  const frames = defect instanceof Error ? defect.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined
  if (frames !== undefined) error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n')
  return error
}

/** The name of what was thrown, if it looks like one. */
export function nameOf(defect: unknown): string {
  return defect instanceof Error && /^\w{1,64}$/.test(defect.name) ? defect.name : 'unknown'
}
