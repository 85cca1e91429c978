import type { IncomingHttpHeaders } from 'node:http'
import { sayDuration } from '../status-page/browser/words.ts'

/** Something that stands on a path, by what it is known to do to streams. */
interface Front {
  readonly name: string
  /** Whether a response's headers show it. Some never do. */
  isShown(headers: IncomingHttpHeaders): boolean
  /** Silence after which it cuts a stream unless it is set otherwise; missing if it has no such limit or none is known. */
  readonly silenceMs?: number
  /** The setting that lets silent streams live. */
  readonly silence: string
  /** The setting that passes events on at once; missing if it never holds them. */
  readonly buffering?: string
}

/**
 * Sources: for the limits those of `PRESET_TABLE` in server-presets; nginx `ngx_http_proxy_module` (buffering on,
 * read timeout 60 s); Envoy's timeout page (route timeout 15 s, stream idle timeout 5 min); Apache `mod_proxy` (flushpackets);
 * Caddy's `reverse_proxy` (flush_interval).
 */
const FRONTS: readonly Front[] = [
  {
    name: 'nginx',
    isShown: (headers) => says(headers, 'server', /nginx|openresty/i),
    silenceMs: 60_000,
    silence: 'nginx: set `proxy_read_timeout 600s;` in the location that passes to the API. Its default is 60 s.',
    buffering:
      'nginx: set `proxy_buffering off;` in the location that passes to the API, with `proxy_http_version 1.1;` and `proxy_set_header Connection "";`, and leave text/event-stream out of `gzip_types`.',
  },
  {
    name: 'Cloudflare',
    isShown: (headers) => says(headers, 'server', /cloudflare/i) || headers['cf-ray'] !== undefined,
    silenceMs: 120_000,
    silence: 'Cloudflare: it waits 120 s for a byte of the origin. Send a heartbeat into silence well below that.',
    buffering: 'Cloudflare: answer with `cache-control: no-cache, no-transform`, and turn response buffering off.',
  },
  {
    name: 'CloudFront',
    isShown: (headers) => headers['x-amz-cf-id'] !== undefined,
    silenceMs: 30_000,
    silence: 'CloudFront: raise the origin response timeout. Its default is 30 s.',
    buffering: 'CloudFront: use a cache policy with caching and compression off for this path.',
  },
  {
    name: 'AWS ALB',
    isShown: (headers) => says(headers, 'server', /awselb/i),
    silenceMs: 60_000,
    silence: 'AWS ALB: raise `idle_timeout.timeout_seconds` of the load balancer. Its default is 60 s.',
  },
  {
    name: 'Heroku',
    isShown: (headers) => says(headers, 'server', /heroku/i) || says(headers, 'via', /vegur|heroku/i),
    silenceMs: 55_000,
    silence: 'Heroku: its router gives each 55 s window one byte to come. Send a heartbeat into silence.',
  },
  {
    name: 'Google Cloud load balancer',
    isShown: (headers) => says(headers, 'via', /\bgoogle\b/i),
    silenceMs: 30_000,
    silence: 'Google Cloud: raise the backend service timeout above the longest stream. Its default is 30 s.',
  },
  {
    name: 'Envoy',
    isShown: (headers) => says(headers, 'server', /envoy/i) || headers['x-envoy-upstream-service-time'] !== undefined,
    silenceMs: 15_000,
    silence:
      'Envoy: set `timeout: 0s` on the route (its default of 15 s counts the whole answer), and raise `stream_idle_timeout` (5 min).',
    buffering: 'Envoy: take the buffer filter and the compressor off this route.',
  },
  {
    name: 'Apache',
    isShown: (headers) => says(headers, 'server', /^apache/i),
    silenceMs: 60_000,
    silence: "Apache: raise `ProxyTimeout`. Its default is the server's `Timeout`, 60 s.",
    buffering: 'Apache: set `flushpackets=on` on the ProxyPass, and take mod_deflate off text/event-stream.',
  },
  {
    name: 'Caddy',
    isShown: (headers) => says(headers, 'server', /caddy/i) || says(headers, 'via', /caddy/i),
    silence: 'Caddy: take `read_timeout` out of the transport of `reverse_proxy`, or raise it.',
    buffering: 'Caddy: set `flush_interval -1` in `reverse_proxy`, and leave text/event-stream out of `encode`.',
  },
  {
    name: 'Azure Load Balancer or NAT',
    isShown: () => false,
    silenceMs: 240_000,
    silence: 'Azure: raise the idle timeout of the load balancer rule, or NAT gateway. Its default is 4 min.',
  },
  {
    name: 'HAProxy',
    isShown: () => false,
    silence: 'HAProxy: raise `timeout server`, and `timeout client` with it; `timeout tunnel` does not count here.',
    buffering: 'HAProxy: take `option http-buffer-request` and compression off this backend.',
  },
]

const HEARTBEAT =
  'If you cannot change it: put `stopbit gateway` behind it. It sends a heartbeat every 7 s into silence (`--heartbeat-ms`), so the path is never silent.'
const FIREWALL =
  'A firewall or proxy that inspects traffic may cut after 30 s of silence: ask for an exception for this host.'

/** What to change so that silent streams live. `cutMs`: how long the silence was that got cut. The likeliest comes first. */
export function silenceAdvice(headers: IncomingHttpHeaders, cutMs: number): string[] {
  const shown = FRONTS.filter((front) => front.isShown(headers))
  const isNear = (limitMs = 0): boolean => Math.abs(cutMs / limitMs - 1) < 0.05
  const byTime = FRONTS.filter((front) => !shown.includes(front) && isNear(front.silenceMs))
  const others = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(byTime.map(({ name }) => name))
  const limit = sayDuration(cutMs)
  const unknown = `Nothing in the answer says what stands on the path: look for a limit of ${limit} in every proxy, load balancer and firewall on it.`
  return [
    ...shown.map(({ silence }) => silence),
    ...(shown.length > 0 && byTime.length > 0 ? [`Or something behind it: ${others} cuts at this length, too.`] : []),
    ...(shown.length === 0 ? byTime.map(({ silence }) => silence) : []),
    ...(isNear(30_000) ? [FIREWALL] : []),
    ...(shown.length + byTime.length === 0 ? [unknown] : []),
    HEARTBEAT,
  ]
}

/** What to change so that events pass at once. */
export function bufferingAdvice(headers: IncomingHttpHeaders): string[] {
  const shown = FRONTS.filter((front) => front.isShown(headers)).flatMap(({ buffering }) => buffering ?? [])
  const coding = headers['content-encoding']
  const compressed =
    coding === undefined
      ? []
      : [
          `The path compresses events (${coding}), and a compressor waits for more: turn that off for text/event-stream.`,
        ]
  const unknown =
    'Nothing in the answer says what stands on the path. Turn response buffering off in every proxy on it.'
  return [
    ...compressed,
    ...(shown.length === 0 && compressed.length === 0 ? [unknown] : shown),
    'Where only the answer can say it: nginx and some others obey `x-accel-buffering: no`, which `stopbit gateway` sends with every stream.',
  ]
}

function says(headers: IncomingHttpHeaders, name: string, what: RegExp): boolean {
  const value = headers[name]
  return typeof value === 'string' && what.test(value)
}
