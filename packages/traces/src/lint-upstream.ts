import type { Trace, UpstreamConnectionScript, UpstreamStep } from './trace.ts'

/** Ways to spoil a TLS handshake after which a connection is of no use. */
const ENDS_HANDSHAKE: ReadonlySet<string> = new Set([
  'handshake-stall',
  'handshake-rst',
  'handshake-fin',
  'garbage',
  'plain-http',
])

/** Which step of the upstream is legal where. */
export function lintUpstream(trace: Trace): string[] {
  return [
    ...lintProtocol(trace),
    ...trace.upstream.connections.flatMap((connection, index) => lintConnection(trace, connection, index)),
  ]
}

function lintProtocol({ upstream, requires }: Trace): string[] {
  const needed = [...(upstream.tls === true ? ['upstream-tls'] : []), ...(upstream.http === '2' ? ['upstream-h2'] : [])]
  return [
    ...(upstream.http === '2' && upstream.tls !== true ? ['upstream.http: "2" needs tls'] : []),
    ...needed
      .filter((feature) => !requires.includes(feature))
      .map((feature) => `requires: the upstream needs "${feature}"`),
  ]
}

function lintConnection(trace: Trace, connection: UpstreamConnectionScript, index: number): string[] {
  const place = `upstream.connections[${index}]`
  const last = index === trace.upstream.connections.length - 1
  return [
    ...(connection.reuse === 'any' && !last
      ? [`${place}.reuse: only the last connection serves all further ones`]
      : []),
    ...connection.script.flatMap((step, at) => {
      const stepPlace = `${place}.script[${at}]`
      return [
        ...lintStepOfProtocol(trace, step, stepPlace),
        ...lintPosition(trace, connection.script, at, stepPlace),
        ...lintSend(step, stepPlace),
      ]
    }),
  ]
}

/** Steps that only one protocol has. */
function lintStepOfProtocol({ upstream }: Trace, step: UpstreamStep, place: string): string[] {
  const isH2 = upstream.http === '2'
  if (step.do.startsWith('h2-') && !isH2) return [`${place}: ${step.do} needs upstream.http "2"`]
  if ((step.do === 'tls' || step.do === 'truncate') && upstream.tls !== true)
    return [`${place}: ${step.do} needs upstream.tls`]
  if (isH2 && step.do === 'chunk-header') return [`${place}: HTTP/2 has no chunk-header`]
  if (isH2 && step.do === 'send' && step.as === 'wire') return [`${place}.as: over HTTP/2 it is h2-raw`]
  return []
}

function lintPosition(trace: Trace, script: readonly UpstreamStep[], at: number, place: string): string[] {
  const step = script[at]
  const before = script.slice(0, at)
  switch (step?.do) {
    case 'refuse':
      return script.length === 1 && trace.upstream.connections.length === 1
        ? []
        : [`${place}: refuse is the only step of the only connection`]
    case 'tls':
      if (at > 0) return [`${place}: tls is the first step`]
      return ENDS_HANDSHAKE.has(step.how) && script.length > 1 ? [`${place}: nothing can follow ${step.how}`] : []
    case 'h2-window-zero':
      return at > 0 ? [`${place}: h2-window-zero is the first step`] : []
    case 'pause-read': {
      const waited = before.findLast(({ do: kind }) => kind === 'read-request')
      return waited?.do === 'read-request' && waited.until === 'head'
        ? []
        : [`${place}: pause-read follows a read-request until head`]
    }
    case 'resume-read':
      return before.some(({ do: kind }) => kind === 'pause-read') ? [] : [`${place}: there is no pause-read before`]
    case 'loop':
    case 'stall':
      return at === script.length - 1 ? [] : [`${place}: nothing can follow ${step.do}`]
    case 'expect-abort':
      return trace.client.some(({ do: kind }) => kind === 'abort' || kind === 'half-close')
        ? []
        : [`${place}: the client never aborts`]
    default:
      return []
  }
}

function lintSend(step: UpstreamStep, place: string): string[] {
  if (step.do !== 'send') return []
  const writes = step.chunkBytes ?? step.splitAt
  return [
    ...('lines' in step && step.as !== 'head' ? [`${place}.lines: only with as: head`] : []),
    ...(step.chunkBytes !== undefined && step.as !== 'chunk' ? [`${place}.chunkBytes: only with as: chunk`] : []),
    ...(step.chunkBytes !== undefined && step.splitAt !== undefined ? [`${place}: either chunkBytes or splitAt`] : []),
    ...((step.splitAt ?? []).every((at, index, all) => at > (all[index - 1] ?? 0))
      ? []
      : [`${place}.splitAt: must ascend`]),
    ...(step.everyMs !== undefined && writes === undefined
      ? [`${place}.everyMs: needs several writes, by chunkBytes or splitAt`]
      : []),
  ]
}
