import type { CoverageRow, CoverageSection } from './row.ts'

const OTHER_WIRE = 'the contract gives an address, and a resolver is no wire of the suite'
const POSTS_ONLY = 'the client of the format only posts, as every request for a stream does'

/** What a wire can show of the failures of connections, heads, bodies, TLS and HTTP/2. */
export const TRANSPORT: readonly CoverageSection[] = [
  {
    title: 'Connections and heads',
    about: 'HTTP/1.1: what may happen before there is a body.',
    rows: rows([
      ['refused', 'anthropic/connect-refused'],
      ['a connection that is never made', 'anthropic/connect-never-completes'],
      ['FIN or RST on accept', 'transport/closed-on-accept'],
      [
        'RST before the head',
        'anthropic/rst-before-head',
        'openai-chat/rst-before-head',
        'openai-responses/rst-before-head',
        'gemini/rst-before-head',
        'opaque/rst-before-head',
      ],
      ['FIN before or in the head; 100 or 103, then the end; silence', 'transport/ends-before-head'],
      ['the same on a connection that was kept', 'transport/ends-before-head-on-kept-connection'],
      [
        'bad status line, garbage, too large or too many headers, bad characters, two lengths, length and chunks, an unasked 101',
        'transport/unreadable-head',
      ],
      ['426', 'transport/status-426'],
      ['the upload breaks off or stands still', 'transport/upload-cut'],
      ['413 before the upload is through', 'transport/early-413'],
      ['name not found', OTHER_WIRE],
      ['the failures of a kept connection for GET', POSTS_ONLY],
    ]),
  },
  {
    title: 'Bodies',
    about: 'HTTP/1.1: what may happen to a body, beside the states of the dialects.',
    rows: rows([
      ['head, then the end', 'transport/chunked-cut-before-body'],
      ['RST, FIN, bad or lying chunk size, within and between chunks', 'transport/chunked-cut'],
      ['terminal event, then a framing that is not complete', 'transport/complete-then-cut'],
      [
        'content-length not reached: stream, JSON',
        'transport/stream-with-length-cut',
        'transport/json-cut',
        'openai-chat/rst-in-json',
      ],
      ['bytes behind the answer', 'transport/extra-bytes-after-answer'],
      [
        'ended by the connection: FIN, RST',
        'anthropic/eof-close-delimited',
        'transport/close-delimited-rst',
        'transport/close-delimited-after-terminal',
      ],
      ['gzip: cut, corrupt, no gzip at all', 'transport/gzip-cut'],
      ['gzip: whole', 'transport/gzip-complete'],
      [
        'whole answers in unusual framings',
        'transport/chunk-extension-and-trailers',
        'transport/connection-close-then-fin',
        'transport/slow-drip',
      ],
      ['a stream of no dialect', 'opaque/rst-mid-stream', 'opaque/complete'],
    ]),
  },
  {
    title: 'TLS',
    about: 'What a TLS upstream may do beside the above.',
    rows: rows([
      ['certificate: expired, wrong name, not trusted', 'tls/certificate'],
      ['handshake: RST, FIN, silence, garbage, plain HTTP', 'tls/handshake'],
      ['the end before the head, with and without close_notify', 'tls/ends-before-head'],
      ['the same on a connection that was kept', 'tls/ends-before-head-on-kept-connection'],
      ['the end within the body, with and without close_notify', 'tls/stream-cut', 'tls/json-cut'],
      ['terminal event, then the end without close_notify', 'tls/complete-then-truncate'],
      ['whole', 'tls/complete'],
    ]),
  },
  {
    title: 'HTTP/2',
    about: 'What an HTTP/2 upstream may do. All over TLS.',
    rows: rows([
      ['whole; two streams on one connection', 'h2/complete', 'h2/two-streams'],
      [
        'REFUSED_STREAM, GOAWAY below the stream, with NO_ERROR and ENHANCE_YOUR_CALM',
        'h2/declared-unprocessed',
        'h2/declared-unprocessed-on-kept-connection',
      ],
      ['RST_STREAM before the head, by code', 'h2/rst-before-head'],
      ['the connection ends before the head', 'h2/ends-before-head'],
      ['within the body: RST_STREAM by code, GOAWAY, bad frame, FIN, silence', 'h2/stream-cut'],
      ['terminal event, then RST_STREAM', 'h2/complete-then-rst'],
      ['GOAWAY, and the stream is finished', 'h2/goaway-then-finish'],
      ['an answer before the upload is through', 'h2/early-answer'],
      ['no room for the upload', 'h2/no-room-for-upload'],
      ['a flood of pings', 'h2/ping-flood'],
      ['the failures of a refused stream for GET', POSTS_ONLY],
    ]),
  },
]

/** A row is what happens and the ids of its traces, or a sentence why it has none: ids hold a slash and no space. */
function rows(lines: readonly (readonly [what: string, ...idsOrReason: string[]])[]): CoverageRow[] {
  return lines.map(([what, ...rest]) => {
    const traces = rest.filter((text) => /^[a-z0-9-]+\/[a-z0-9-]+$/.test(text))
    const [because] = rest.filter((text) => !traces.includes(text))
    return { what, traces, ...(because === undefined ? {} : { because }) }
  })
}
