import { expect, test } from 'vitest'
import { exampleTrace } from '../test/example-trace.ts'
import { lintUpstream } from './lint-upstream.ts'
import type { Trace } from './trace.ts'

const READ = { do: 'read-request' }
const HEAD = { do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK'] }
const RST = { do: 'rst', fault: true }

interface Upstream {
  readonly tls?: true
  readonly http?: '2'
  readonly requires?: readonly string[]
}

function lint(
  script: readonly object[],
  { tls, http, requires = ['upstream-tls', 'upstream-h2'] }: Upstream,
): string[] {
  const upstream = { ...(tls && { tls }), ...(http && { http }), connections: [{ script }] }
  return lintUpstream({ ...exampleTrace(), requires, upstream } as unknown as Trace)
}

const TLS: Upstream = { tls: true }
const H2: Upstream = { tls: true, http: '2' }

test.each([
  ['tls without TLS', [{ do: 'tls', how: 'garbage', fault: true }], {}, '[0]: tls needs upstream.tls'],
  ['truncate without TLS', [READ, { do: 'truncate', fault: true }], {}, '[1]: truncate needs upstream.tls'],
  [
    'tls after another step',
    [READ, { do: 'tls', how: 'expired-cert', fault: true }],
    TLS,
    '[1]: tls is the first step',
  ],
  [
    'a step after a spoiled handshake',
    [{ do: 'tls', how: 'handshake-rst', fault: true }, READ],
    TLS,
    '[0]: nothing can follow handshake-rst',
  ],
  [
    'a frame over HTTP/1.1',
    [READ, { do: 'h2-rst-stream', code: 'CANCEL', fault: true }],
    TLS,
    'needs upstream.http "2"',
  ],
  ['a chunk header over HTTP/2', [READ, { do: 'chunk-header', size: 1 }, RST], H2, 'HTTP/2 has no chunk-header'],
  ['bytes of the wire over HTTP/2', [READ, { do: 'send', as: 'wire', text: 'x' }, RST], H2, 'over HTTP/2 it is h2-raw'],
  ['a late window', [READ, { do: 'h2-window-zero', fault: true }], H2, '[1]: h2-window-zero is the first step'],
  ['HTTP/2 without TLS', [READ, RST], { http: '2' }, 'upstream.http: "2" needs tls'],
  [
    'TLS that is not required',
    [READ, RST],
    { tls: true, requires: ['sse'] },
    'requires: the upstream needs "upstream-tls"',
  ],
  [
    'HTTP/2 that is not required',
    [READ, RST],
    { ...H2, requires: ['upstream-tls'] },
    'the upstream needs "upstream-h2"',
  ],
  [
    'a pause after the whole request',
    [READ, { do: 'pause-read' }, RST],
    {},
    'pause-read follows a read-request until head',
  ],
  ['a resume without a pause', [READ, { do: 'resume-read' }, RST], {}, 'there is no pause-read before'],
  [
    'a drip of one write',
    [READ, HEAD, { do: 'send', as: 'raw', text: 'x', everyMs: 5 }, RST],
    {},
    'needs several writes',
  ],
  [
    'splits that go back, which would send bytes twice',
    [READ, HEAD, { do: 'send', as: 'raw', text: 'abcdef', splitAt: [4, 2] }, RST],
    {},
    '[2].splitAt: must ascend',
  ],
] as const)('lintUpstream() refuses %s', (_, script, upstream: Upstream, rule) => {
  expect(lint(script, upstream).join('\n')).toContain(rule)
})

test.each([
  ['a certificate that a target may trust', [{ do: 'tls', how: 'wrong-host', fault: true }, READ, HEAD], TLS],
  ['an upload that is not read', [{ ...READ, until: 'head' }, { do: 'pause-read' }, RST], {}],
  [
    'frames',
    [{ do: 'h2-window-zero' }, READ, { do: 'h2-goaway', code: 'NO_ERROR', lastStream: 'none', fault: true }],
    H2,
  ],
] as const)('lintUpstream() takes %s', (_, script, upstream: Upstream) => {
  expect(lint(script, upstream)).toEqual([])
})
