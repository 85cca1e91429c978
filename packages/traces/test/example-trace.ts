/** A sound trace for the tests: three body bytes, then a reset. A fresh object each time, loosely typed so that tests can break it. */
export function exampleTrace() {
  return {
    format: 1 as const,
    id: 'x/y',
    title: 'Three bytes, then a reset',
    since: '2026.1',
    dialect: 'anthropic-messages' as const,
    family: 'reset-mid-stream',
    requires: ['sse'],
    provenance: { kind: 'synthetic' as const },
    client: [
      { do: 'connect' as const, conn: 'c1' },
      { do: 'request' as const, conn: 'c1', path: '/v1/messages', preset: 'anthropic-messages/stream' },
      { do: 'await' as const, conn: 'c1', until: 'end' as const },
    ],
    upstream: {
      connections: [
        {
          script: [
            { do: 'read-request' },
            { do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK', 'transfer-encoding: chunked'] },
            { do: 'send', as: 'chunk', text: 'abc' },
            { do: 'rst', fault: true },
          ] as { do: string; [key: string]: unknown }[],
        },
      ] as const,
    },
    check: { bodyBytes: 3, bodySha256_16: 'ba7816bf8f01cfea' },
    expect: { outcome: ['error-in-band' as const], must: ['RAW-1'] },
  }
}
