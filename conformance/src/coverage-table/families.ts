import type { CoverageSection } from './row.ts'

/** What can come at any point of a stream, beside the states; and the incidents that the project comes from. */
export const FAMILIES: readonly CoverageSection[] = [
  {
    title: 'Families',
    about:
      'What the dialects share: where bytes may be cut, what may follow an end, what an upstream may answer instead of a stream.',
    rows: [
      {
        what: 'cut at every byte, by FIN inside the framing',
        traces: [
          'anthropic/every-byte-fin',
          'openai-chat/every-byte-fin',
          'openai-responses/every-byte-fin',
          'gemini/every-byte-fin',
        ],
      },
      {
        what: 'cut at every byte, by a clean end of the framing',
        traces: [
          'anthropic/every-byte-eof',
          'openai-chat/every-byte-eof',
          'openai-responses/every-byte-eof',
          'gemini/every-byte-eof',
        ],
      },
      {
        what: 'cut at every byte, by RST',
        traces: ['anthropic/every-byte-rst'],
        because:
          'from the first text on, in one dialect: before it a target may hold what it has, so that nothing tells when a reset comes too early; the other dialects are cut by RST in every state',
      },
      {
        what: 'headers, then silence',
        traces: ['anthropic/cut-before-first-event', 'openai-chat/cut-before-first-chunk'],
      },
      { what: 'silence after some events', traces: ['anthropic/silent-stall', 'anthropic/stall-20s-one-chunk-rst'] },
      { what: 'keep-alives and nothing else', traces: ['anthropic/pings-for-ever'] },
      {
        what: 'terminal event, then silence',
        traces: ['anthropic/stop-and-left-open', 'anthropic/cut-after-message-stop'],
      },
      {
        what: 'terminal event, then reset',
        traces: ['anthropic/cut-after-message-stop', 'openai-chat/cut-after-done'],
      },
      {
        what: 'stop reason without its sentinel',
        traces: ['anthropic/rst-before-message-stop', 'anthropic/stop-reasons', 'openai-chat/finish-reasons'],
      },
      {
        what: 'error event, then silence',
        traces: ['anthropic/cut-after-error-event', 'openai-chat/cut-after-error-chunk'],
      },
      { what: 'error as the first event', traces: ['anthropic/cut-after-first-error', 'gemini/cut-after-first-error'] },
      {
        what: 'an error status with JSON and a long retry-after',
        traces: ['anthropic/status-429', 'openai-chat/status-429', 'openai-responses/status-429', 'gemini/status-429'],
      },
      { what: 'a 200 with a JSON error where a stream was asked for', traces: ['anthropic/json-error-with-200'] },
      {
        what: 'line ends, BOM, chunks of one byte, fields in any order',
        traces: ['anthropic/framing', 'anthropic/complete-crlf', 'anthropic/complete-one-byte-chunks'],
      },
      {
        what: 'comments, pings, unknown events and blocks, oddities of vendors',
        traces: ['anthropic/unusual-events'],
      },
      {
        what: 'a large event, cut before its end',
        traces: ['anthropic/rst-in-large-event', 'anthropic/rst-in-8-mib-event'],
      },
      { what: 'a heartbeat falls due inside an event', traces: ['anthropic/silence-inside-event'] },
      {
        what: 'an end where tool arguments happen to be whole',
        traces: ['anthropic/eof-after-whole-tool-json', 'anthropic/reset-in-tool-call'],
      },
      {
        what: 'cut within an event',
        traces: ['openai-chat/rst-mid-stream', 'openai-responses/rst-mid-stream', 'gemini/rst-mid-stream'],
      },
      {
        what: 'healthy answers',
        traces: [
          'anthropic/complete-text-and-tool',
          'openai-chat/complete',
          'openai-chat/complete-json',
          'openai-responses/complete',
          'gemini/complete',
        ],
      },
      {
        what: 'Bedrock: cut frame, bad checksum, exception frame',
        traces: [],
        because: 'its binary event stream is no dialect of this release',
      },
    ],
  },
  {
    title: 'Client and connections',
    about: 'What the client does, and what happens to connections that are used again.',
    rows: [
      { what: 'the client leaves', traces: ['anthropic/client-leaves', 'anthropic/client-leaves-before-head'] },
      { what: 'the client closes its sending side only', traces: ['transport/client-half-closes'] },
      { what: 'the client reads slowly', traces: ['transport/slow-reader'] },
      {
        what: 'the next request on a connection whose answer was cut',
        traces: ['openai-chat/next-request-after-cut', 'openai-chat/next-request-after-stall'],
      },
      { what: 'failures over and over leave no connection behind', traces: ['openai-chat/repeated-stalls'] },
      {
        what: 'the listener closes an idle connection as a request comes',
        traces: ['listener/keepalive-idle-close-race'],
      },
      { what: 'the upstream closes a kept connection as a request comes', traces: ['pool/idle-close-race'] },
    ],
  },
  {
    title: 'Recordings',
    about:
      'Real servers, really killed or misconfigured in the middle of an answer, on the wire of one machine. What they streamed is scripted. `conformance/recordings/` makes them again.',
    rows: [
      {
        what: 'nginx 1.22: worker killed, read timeout, reload',
        traces: ['recorded/nginx-worker-killed', 'recorded/nginx-read-timeout', 'recorded/nginx-reload'],
      },
      {
        what: 'HAProxy 2.6: server timeout, stopped',
        traces: ['recorded/haproxy-server-timeout', 'recorded/haproxy-stopped'],
      },
      { what: 'Caddy 2.6: its upstream is cut', traces: ['recorded/caddy-completes-the-framing'] },
      {
        what: 'Python asyncio: abort, exception before and after the head, killed, wrong length, ended by the connection',
        traces: [
          'recorded/asyncio-transport-abort',
          'recorded/asyncio-raises-before-head',
          'recorded/asyncio-generator-raises',
          'recorded/asyncio-killed',
          'recorded/asyncio-length-too-long',
          'recorded/asyncio-close-delimited',
        ],
      },
      {
        what: 'Node 24: destroyed response, reset socket, exit, closed connections, clean end too early, killed with a request unread',
        traces: [
          'recorded/node-response-destroyed',
          'recorded/node-socket-reset',
          'recorded/node-process-exit',
          'recorded/node-close-all-connections',
          'recorded/node-ends-without-terminal',
          'recorded/node-killed-with-request-unread',
        ],
      },
      { what: 'Bun: controller.error(), killed', traces: ['recorded/bun-controller-error', 'recorded/bun-killed'] },
    ],
  },
  {
    title: 'Incidents',
    about: 'The reports that the project comes from. Reconstructed: the failure is as reported, the content is made.',
    rows: [
      { what: '856 bytes, then RST', traces: ['anthropic/rst-mid-sse-856'] },
      { what: '"socket hang up" before the headers', traces: ['incidents/socket-hang-up-before-headers'] },
      { what: 'a stall of 20 s, one chunk, then RST', traces: ['anthropic/stall-20s-one-chunk-rst'] },
      { what: 'a vendor closes after the first text', traces: ['incidents/vendor-closes-after-first-text'] },
      { what: 'a firewall cuts a silent connection at 30 s', traces: ['incidents/firewall-cuts-thinking-at-30s'] },
      { what: 'the text of the runtime reaches the user', traces: ['incidents/raw-fetch-text-in-tool-run'] },
      {
        what: 'read ETIMEDOUT',
        traces: [],
        because: 'the kernel gives up after minutes of lost packets, which loopback does not lose',
      },
    ],
  },
]
