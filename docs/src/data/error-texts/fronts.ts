import type { ErrorText } from '../error-text.ts'

const LOG = 'upstream-prematurely-closed-connection'
const PAGE = 'bad-gateway-502-504'

/** nginx: its error log, and the pages that it answers with. */
export const NGINX: readonly ErrorText[] = [
  {
    id: 'G1',
    raised: '"upstream prematurely closed connection while reading upstream"',
    body: 'body-reset',
    page: LOG,
  },
  {
    id: 'G2',
    raised: '"upstream prematurely closed connection while reading response header from upstream"',
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: LOG,
  },
  {
    id: 'G3',
    raised: '"recv() failed (104: Connection reset by peer) while reading upstream"',
    body: 'body-reset',
    page: LOG,
  },
  {
    id: 'G4',
    raised: '"recv() failed (104: Connection reset by peer) while reading response header from upstream"',
    before: 'closed-before-headers',
    otherwise: ['reused-closed'],
    page: LOG,
  },
  {
    id: 'G5',
    raised: '"upstream timed out (110: Connection timed out) while reading upstream"',
    body: 'body-timeout',
    page: LOG,
    note: '`proxy_read_timeout`, 60 s unless you set it: silence between two reads.',
  },
  {
    id: 'G6',
    raised: '"upstream timed out (110: Connection timed out) while reading response header from upstream"',
    before: 'headers-timeout',
    page: LOG,
    note: '`proxy_read_timeout`. The client gets the 504 page.',
  },
  {
    id: 'G7',
    raised: '"upstream sent no valid HTTP/1.0 header while reading response header from upstream"',
    before: 'bad-response',
    page: LOG,
  },
  {
    id: 'G8',
    raised: '"connect() failed (111: Connection refused) while connecting to upstream"',
    before: 'refused',
    page: LOG,
  },
  {
    id: 'G9',
    raised:
      '"epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending to client"',
    body: 'client-gone',
    page: LOG,
  },
  {
    id: 'G10',
    raised: '"502 Bad Gateway"',
    before: 'closed-before-headers',
    otherwise: ['refused', 'reused-closed', 'bad-response'],
    page: PAGE,
  },
  { id: 'G11', raised: '"504 Gateway Time-out"', before: 'headers-timeout', page: PAGE },
]

/** HAProxy: the termination state in its log, and its pages. */
export const HAPROXY: readonly ErrorText[] = [
  {
    id: 'A1',
    raised: '"SD--"',
    body: 'body-reset',
    page: LOG,
    note: 'In the log, after the status: the server cut the connection within the data.',
  },
  { id: 'A2', raised: '"sD--"', body: 'body-timeout', page: LOG, note: '`timeout server` within the data.' },
  { id: 'A3', raised: '"SH--"', before: 'closed-before-headers', page: LOG, note: 'The client gets the 502 page.' },
  {
    id: 'A4',
    raised: '"sH--"',
    before: 'headers-timeout',
    page: LOG,
    note: '`timeout server` before the head. The client gets the 504 page.',
  },
  { id: 'A5', raised: '"PH--"', before: 'bad-response', page: LOG },
  { id: 'A6', raised: '"SC--"', before: 'refused', page: LOG, note: 'The client gets the 503 page.' },
  {
    id: 'A7',
    raised: '"502 Bad Gateway The server returned an invalid or incomplete response."',
    before: 'closed-before-headers',
    page: PAGE,
  },
  {
    id: 'A8',
    raised: '"504 Gateway Time-out The server didn\'t respond in time."',
    before: 'headers-timeout',
    page: PAGE,
  },
  {
    id: 'A9',
    raised: '"503 Service Unavailable No server is available to handle this request."',
    before: 'refused',
    page: PAGE,
  },
]

/** Caddy's log. */
export const CADDY: readonly ErrorText[] = [
  {
    id: 'Y1',
    raised: '"aborting with incomplete response" ← "unexpected EOF"',
    body: 'body-reset',
    page: LOG,
    note: 'In spite of the text the framing was completed: curl saw a whole response.',
  },
  {
    id: 'Y2',
    raised: '"aborting with incomplete response" ← "read tcp ADDR->ADDR: read: connection reset by peer"',
    body: 'body-reset',
    page: LOG,
  },
  { id: 'Y3', raised: '"EOF"', before: 'closed-before-headers', page: LOG, note: 'The client gets an empty 502.' },
  { id: 'Y4', raised: '"net/http: timeout awaiting response headers"', before: 'headers-timeout', page: LOG },
]

/** Pages of Cloudflare, as the origin's operator meets them. */
export const CLOUDFLARE: readonly ErrorText[] = [
  {
    id: 'E1',
    raised: '"Error 524: a timeout occurred"',
    before: 'headers-timeout',
    page: PAGE,
    readIn: "Cloudflare's page on connection limits, 2026-07-23",
    note: 'No byte from the origin for 120 s.',
  },
  {
    id: 'E2',
    raised: '"Error 520: web server returned an unknown error"',
    before: 'closed-before-headers',
    otherwise: ['reused-closed', 'bad-response'],
    page: PAGE,
    readIn: "Cloudflare's page on connection limits, 2026-07-23",
    note: 'Among others for a connection that the origin closed: Cloudflare keeps idle ones for 900 s.',
  },
]
