import type { Trace, UpstreamStep } from '@stopbit/traces'

/**
 * Why a trace cannot be played in virtual time without sockets, in words for its reader; `undefined` if it can. What is named
 * here happens below the core, which only ever hears that an attempt failed.
 */
export function whyNotPlayable(trace: Trace): string | undefined {
  if (trace.upstream.http === '2') return 'It is about HTTP/2 frames, which the transport reads.'
  if (trace.upstream.tls === true) return 'It is about TLS, which the transport speaks.'
  if (trace.sweep !== undefined)
    return 'It is about a race between two sockets, measured at a real listener with its own idle clock.'
  if (trace.client.some((step) => step.do === 'pause-read' || step.do === 'resume-read'))
    return 'It is about a client that reads slowly: what it leaves unread stands in the buffers of two kernels.'
  const steps = [
    ...trace.upstream.connections.flatMap(({ script }) => script),
    ...Object.values(trace.variants?.values ?? {}).flatMap((variant) => variant.steps),
  ]
  for (const step of steps) {
    const why = whyNotStep(step)
    if (why !== undefined) return why
  }
  return undefined
}

function whyNotStep(step: UpstreamStep): string | undefined {
  if (step.do === 'pause-read' || step.do === 'resume-read')
    return 'It is about an upload that the upstream does not read: the rest stands in the buffers of two kernels.'
  if (step.do === 'chunk-header' || (step.do === 'send' && step.as === 'wire'))
    return 'It is about bytes that are no sound HTTP, which the HTTP parser of the transport refuses.'
  if (step.do === 'send' && step.as === 'head' && 'lines' in step && step.lines.some((line) => CODED.test(line)))
    return 'Its body is compressed, and the runtime unpacks it outside of virtual time.'
  return undefined
}

const CODED = /^content-encoding:/i
