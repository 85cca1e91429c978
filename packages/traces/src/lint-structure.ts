import { lintUpstream } from './lint-upstream.ts'
import { REQUEST_PRESETS } from './request-presets.ts'
import type { ClientStep, Trace, UpstreamStep } from './trace.ts'

/** What the schema cannot say about the two scripts: order, references, and combinations that would not play. */
export function lintStructure(trace: Trace): string[] {
  return [
    ...lintFaults(trace),
    ...lintClient(trace),
    ...lintUpstream(trace),
    ...lintSweep(trace),
    ...lintExpectation(trace),
  ]
}

function lintFaults(trace: Trace): string[] {
  const steps: (ClientStep | UpstreamStep)[] = [
    ...trace.client,
    ...trace.upstream.connections.flatMap(({ script }) => script),
  ]
  const count = steps.filter((step) => 'fault' in step && step.fault === true).length
  if (trace.tags?.includes('control') === true)
    return count === 0 ? [] : ['tags: a control trace has no step with fault: true']
  return count === 1
    ? []
    : [`a trace has exactly one step with fault: true, this one has ${count}; or tag it "control"`]
}

function lintClient(trace: Trace): string[] {
  const open = new Set<string>()
  const paused = new Set<string>()
  return trace.client.flatMap((step, index) => {
    const place = `client[${index}]`
    if (step.do === 'wait') return lintParameter(trace, step.ms, place)
    if (step.do === 'connect') {
      open.add(step.conn)
      return []
    }
    if (!open.has(step.conn)) return [`${place}.conn: "${step.conn}" is not connected yet`]
    if (step.do === 'pause-read') paused.add(step.conn)
    if (step.do === 'resume-read' && !paused.delete(step.conn)) return [`${place}: there is no pause-read before`]
    if (step.do === 'request') return lintRequest(step, place)
    if (step.do !== 'await') return []
    if (paused.has(step.conn)) return [`${place}: nothing comes on a connection that is not read`]
    return needsCount(step.until) && step.n === undefined ? [`${place}.n: is missing`] : []
  })
}

function needsCount(until: 'head' | 'events' | 'bytes' | 'end'): boolean {
  return until === 'events' || until === 'bytes'
}

function lintParameter(trace: Trace, ms: number | string, place: string): string[] {
  if (typeof ms === 'number' || ms === `$${trace.sweep?.param}`) return []
  return [`${place}.ms: ${ms} is not the sweep's parameter`]
}

function lintRequest(step: ClientStep & { do: 'request' }, place: string): string[] {
  if (step.preset === undefined) return step.body === undefined ? [`${place}: needs a preset or a body`] : []
  return Object.hasOwn(REQUEST_PRESETS, step.preset) ? [] : [`${place}.preset: unknown preset "${step.preset}"`]
}

function lintSweep(trace: Trace): string[] {
  if (trace.sweep === undefined) return trace.calibrate === undefined ? [] : ['calibrate: has no use without sweep']
  const used = trace.client.some((step) => step.do === 'wait' && step.ms === `$${trace.sweep?.param}`)
  return [
    ...(trace.calibrate === undefined ? ['sweep: needs calibrate'] : []),
    ...(used ? [] : [`sweep.param: no client step waits for $${trace.sweep.param}`]),
  ]
}

function lintExpectation({ expect }: Trace): string[] {
  const ids = [...expect.must, ...(expect.should ?? [])]
  return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `expect: ${id} is named twice`)
}
