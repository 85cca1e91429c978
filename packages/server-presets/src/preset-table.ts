/** A number, where it comes from, and what it is for. */
export interface SourcedNumber {
  /** Milliseconds. */
  readonly value: number
  /** A page of the vendor, a specification, or a measurement of ours. */
  readonly source: string
  readonly purpose: string
}

/** What is known of one front, and what a server behind it is set to. */
export interface PresetRow {
  /** What is in front. */
  readonly front: string
  /** Silence after which the front closes an idle connection to the server. Left out where nothing does. */
  readonly frontIdle?: SourcedNumber
  /** Silence of a response after which the front cuts it. Left out where nothing does. */
  readonly frontSilence?: SourcedNumber
  readonly keepAliveTimeout: SourcedNumber
  /** The gateway's `earlyCommitMs`, where a front cuts before a model may have begun. */
  readonly earlyCommit?: SourcedNumber
}

/** A preset with something in front. */
export interface FrontPresetRow extends PresetRow {
  readonly frontIdle: SourcedNumber
  readonly frontSilence: SourcedNumber
}

/** The fronts that a preset is named after. */
export type ServerPresetName = 'loopback' | FrontName

type FrontName =
  | 'nginx'
  | 'aws-alb'
  | 'aws-nlb'
  | 'gcp-lb'
  | 'azure'
  | 'cloudflare'
  | 'cloudfront'
  | 'heroku'
  | 'oracle-lb'

/** The ways of stopping that a drain preset is named after. */
export type DrainPresetName = 'kubernetes'

const DEFAULTS_MEASURED = 'measured with Node 22.23, 24.21 and 26.10'
const RACE_MEASURED = 'measured, Node 24, November 2026'

const ABOVE =
  'longer than the front keeps an idle connection: the front closes first, and no request meets a closing socket'
const SILENCE = 'a heartbeat or data must come more often than this'

const above = (value: number, source: string): SourcedNumber => ({ value, source, purpose: ABOVE })
const idle = (value: number, source: string): SourcedNumber => ({
  value,
  source,
  purpose: 'the front closes its idle connections to the server',
})
const silence = (value: number, source: string): SourcedNumber => ({ value, source, purpose: SILENCE })
const early = (front: string, source: string): SourcedNumber => ({
  value: 25_000,
  source,
  purpose: `head and comments go out 5 s before ${front} gives up on a first byte`,
})

const NGINX_IDLE =
  'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout (default since 1.15.3)'
const NGINX_READ = 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout (our snippet sets it)'
const ALB =
  'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html (default)'
const NLB =
  'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html (default; fixed for TLS)'
const GCP =
  'https://cloud.google.com/load-balancing/docs/https#timeouts_and_retries (fixed; "greater than 600 seconds")'
const GCP_RESPONSE =
  'https://cloud.google.com/load-balancing/docs/https#timeout-bes (default; bounds the whole response: raise it)'
const AZURE = 'https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-idle-timeout (default)'
const CLOUDFLARE = 'https://developers.cloudflare.com/fundamentals/reference/connection-limits/'
const CLOUDFRONT =
  'https://repost.aws/knowledge-center/cloudfront-custom-origin-response (5 s by default, 180 s at most without a quota; the reference of the AWS SDKs says 120 s)'
const CLOUDFRONT_READ =
  'https://repost.aws/knowledge-center/cloudfront-custom-origin-response (default; 180 s at most without a quota)'
const HEROKU = 'https://devcenter.heroku.com/articles/http-routing#keepalives (Router 2.0)'
const HEROKU_TEMPLATE = 'https://github.com/heroku/nodejs-getting-started/pull/371'
const HEROKU_TIMEOUT = 'https://devcenter.heroku.com/articles/request-timeout'
const ORACLE = 'https://docs.oracle.com/en-us/iaas/Content/Balance/Reference/connectionreuse.htm'

/**
 * Every named preset, number by number. The one table: presets, their docs page, front snippets and tests read it.
 *
 * A server that closes an idle connection first races with whoever sends on it; so `keepAliveTimeout` is at least 5 s above
 * the front's (the race was measured with Node 24, November 2026).
 */
export const PRESET_TABLE: Readonly<{ loopback: PresetRow } & Record<FrontName, FrontPresetRow>> = {
  loopback: {
    front: "nothing: one developer's machine, clients come straight from the loopback interface",
    keepAliveTimeout: {
      value: 600_000,
      source: `${RACE_MEASURED}: Bun's fetch ignores the hint and raced at 5,985 ms against Node's 5 s + 1 s`,
      purpose: 'clients that ignore the advertised time find their connection alive; few local sockets cost nothing',
    },
  },
  nginx: {
    front: 'nginx, and HAProxy, Caddy or Envoy with the snippets of `stopbit presets`, which have the same limits',
    frontIdle: idle(60_000, NGINX_IDLE),
    frontSilence: silence(600_000, NGINX_READ),
    keepAliveTimeout: above(75_000, `${NGINX_IDLE}: its 60 s and 15 s`),
  },
  'aws-alb': {
    front: 'AWS Application Load Balancer',
    frontIdle: idle(60_000, ALB),
    frontSilence: silence(60_000, ALB),
    keepAliveTimeout: above(75_000, `${ALB}: the balancer's 60 s and 15 s`),
  },
  'aws-nlb': {
    front: 'AWS Network Load Balancer',
    frontIdle: idle(350_000, NLB),
    frontSilence: silence(350_000, NLB),
    keepAliveTimeout: above(400_000, `${NLB}: the balancer's 350 s and 50 s; it forgets a flow silently`),
  },
  'gcp-lb': {
    front: 'Google Cloud external Application Load Balancer',
    frontIdle: idle(600_000, GCP),
    frontSilence: silence(30_000, GCP_RESPONSE),
    keepAliveTimeout: above(620_000, GCP),
  },
  azure: {
    front: 'Azure Load Balancer or Application Gateway',
    frontIdle: idle(240_000, AZURE),
    frontSilence: silence(240_000, AZURE),
    keepAliveTimeout: above(250_000, `${AZURE}: the balancer's 4 min and 10 s`),
  },
  cloudflare: {
    front: 'Cloudflare, as its origin',
    frontIdle: idle(900_000, `${CLOUDFLARE} (proxy idle timeout)`),
    frontSilence: silence(120_000, `${CLOUDFLARE} (proxy read timeout, error 524)`),
    keepAliveTimeout: above(960_000, `${CLOUDFLARE}: the proxy's 900 s and 60 s`),
  },
  cloudfront: {
    front: 'Amazon CloudFront, as its custom origin',
    frontIdle: idle(180_000, CLOUDFRONT),
    frontSilence: silence(30_000, CLOUDFRONT_READ),
    keepAliveTimeout: above(190_000, `${CLOUDFRONT}: its longest time and 10 s`),
    earlyCommit: early('CloudFront', CLOUDFRONT_READ),
  },
  heroku: {
    front: "Heroku's router",
    frontIdle: idle(90_000, HEROKU),
    frontSilence: silence(55_000, `${HEROKU_TIMEOUT} (rolling window after the first byte)`),
    keepAliveTimeout: above(95_000, HEROKU_TEMPLATE),
    earlyCommit: early('the router', `${HEROKU_TIMEOUT} (30 s for the first byte)`),
  },
  'oracle-lb': {
    front: 'Oracle Cloud load balancer',
    frontIdle: idle(300_000, ORACLE),
    frontSilence: silence(60_000, `${ORACLE} (idle timeout of an HTTP listener, default)`),
    keepAliveTimeout: above(310_000, `${ORACLE} ("not less than 310 seconds")`),
  },
}

/** What every preset has alike. */
export const SHARED_NUMBERS: Readonly<
  Record<'headersTimeout' | 'requestTimeout' | 'keepAliveTimeoutBuffer' | 'timeout', SourcedNumber>
> = {
  headersTimeout: {
    value: 60_000,
    source: `Node's default; ${DEFAULTS_MEASURED}`,
    purpose: 'a connection that sends no whole head is let go; idle and streaming ones are not touched',
  },
  requestTimeout: {
    value: 300_000,
    source: `Node's default; ${DEFAULTS_MEASURED}`,
    purpose: 'a request whose body does not come is let go; never cuts a response',
  },
  keepAliveTimeoutBuffer: {
    value: 1_000,
    source: `Node's default; ${RACE_MEASURED}`,
    purpose: 'what the server waits beyond the time that it advertises, for clients that obey it to the end',
  },
  timeout: {
    value: 0,
    source: DEFAULTS_MEASURED,
    purpose: 'any other number destroys a stream that is silent for so long',
  },
}

/** When an orchestrator's way of stopping needs other numbers than the defaults of `createDrain`; on top of any preset. */
export const DRAIN_PRESETS: Readonly<
  Record<DrainPresetName, Readonly<Record<'drainDelayMs' | 'drainDeadlineMs', SourcedNumber>>>
> = {
  kubernetes: {
    drainDelayMs: {
      value: 10_000,
      source: 'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination; 10 s is our choice',
      purpose: 'endpoints are removed while SIGTERM is sent, not before it: requests still come for a while',
    },
    drainDeadlineMs: {
      value: 25_000,
      source: 'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination (30 s, then SIGKILL)',
      purpose: 'what still streams is ended truthfully, with 5 s left for it; from SIGTERM on, the delay in it',
    },
  },
}
