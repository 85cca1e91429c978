import { REQUEST_PRESETS } from './request-presets.ts'
import type { ClientStep, Trace, UpstreamConnectionScript, UpstreamStep } from './trace.ts'

/** What the schema cannot say about the two scripts: order, references, and combinations that would not play. */
export function lintStructure(trace: Trace): string[] {
  return [
    ...lintFaults(trace),
    ...lintClient(trace),
    ...trace.upstream.connections.flatMap((connection, index) => lintConnection(trace, connection, index)),
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
  return trace.client.flatMap((step, index) => {
    const place = `client[${index}]`
    if (step.do === 'connect') {
      open.add(step.conn)
      return []
    }
    if (step.do === 'wait') return lintParameter(trace, step.ms, place)
    if (!open.has(step.conn)) return [`${place}.conn: "${step.conn}" is not connected yet`]
    if (step.do === 'request') return lintRequest(step, place)
    return step.do === 'await' && needsCount(step.until) && step.n === undefined ? [`${place}.n: is missing`] : []
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
  return step.preset in REQUEST_PRESETS ? [] : [`${place}.preset: unknown preset "${step.preset}"`]
}

function lintConnection(trace: Trace, connection: UpstreamConnectionScript, index: number): string[] {
  const place = `upstream.connections[${index}]`
  const last = index === trace.upstream.connections.length - 1
  return [
    ...(connection.reuse === 'any' && !last
      ? [`${place}.reuse: only the last connection serves all further ones`]
      : []),
    ...connection.script.flatMap((step, at) => lintUpstreamStep(trace, connection, step, `${place}.script[${at}]`)),
  ]
}

function lintUpstreamStep(
  trace: Trace,
  { script }: UpstreamConnectionScript,
  step: UpstreamStep,
  place: string,
): string[] {
  switch (step.do) {
    case 'refuse': {
      const alone = script.length === 1 && trace.upstream.connections.length === 1
      return alone ? [] : [`${place}: refuse is the only step of the only connection`]
    }
    case 'send':
      return [
        ...('lines' in step && step.as !== 'head' ? [`${place}.lines: only with as: head`] : []),
        ...(step.chunkBytes !== undefined && step.as !== 'chunk' ? [`${place}.chunkBytes: only with as: chunk`] : []),
        ...(step.chunkBytes !== undefined && step.splitAt !== undefined
          ? [`${place}: either chunkBytes or splitAt`]
          : []),
      ]
    case 'loop':
    case 'stall':
      return script.at(-1) === step ? [] : [`${place}: nothing can follow ${step.do}`]
    case 'expect-abort':
      return trace.client.some(({ do: kind }) => kind === 'abort') ? [] : [`${place}: the client never aborts`]
    default:
      return []
  }
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
