import type { ErrorText } from './error-text.ts'
import { CHROMIUM, JSON_PARSERS } from './error-texts/browsers.ts'
import { BUN } from './error-texts/bun.ts'
import { DENO } from './error-texts/deno.ts'
import { CADDY, CLOUDFLARE, HAPROXY, NGINX } from './error-texts/fronts.ts'
import { HTTP_LIBRARIES } from './error-texts/http-libraries.ts'
import { LLM_CLIENTS } from './error-texts/llm-clients.ts'
import { NODE_FETCH } from './error-texts/node-fetch.ts'
import { NODE_HTTP, NODE_HTTP2 } from './error-texts/node-http.ts'
import { CURL, PYTHON } from './error-texts/python-and-curl.ts'
import { UNDICI } from './error-texts/undici.ts'
import { WORKERD } from './error-texts/workerd.ts'

/** A program, or a family of them, whose texts are listed together. */
export interface TextSource {
  /** Unique, and its anchor. */
  readonly id: string
  readonly name: string
  /** The versions that were measured. */
  readonly versions: string
  /** Whether `classifyFault` of `@stopbit/faults` meets these errors. Of the others the kind was read off the failure. */
  readonly classified: boolean
  readonly texts: readonly ErrorText[]
}

/**
 * Every raw text that is known, by the program that says it. Measured against raw servers on loopback, in November 2026,
 * but for rows with `readIn`.
 */
export const TEXT_SOURCES: readonly TextSource[] = [
  {
    id: 'llm-clients',
    name: 'SDKs and coding agents',
    versions: 'versions in the rows',
    classified: false,
    texts: LLM_CLIENTS,
  },
  { id: 'bun', name: 'Bun', versions: '1.4.5', classified: true, texts: BUN },
  { id: 'node-fetch', name: 'Node fetch', versions: '24.21.0; HTTP/2: 26.10.0', classified: true, texts: NODE_FETCH },
  { id: 'undici', name: 'undici', versions: '8.12.4', classified: true, texts: UNDICI },
  { id: 'node-http', name: 'node:http, node:https', versions: '24.21.0', classified: true, texts: NODE_HTTP },
  { id: 'node-http2', name: 'node:http2', versions: '24.21.0', classified: true, texts: NODE_HTTP2 },
  {
    id: 'http-libraries',
    name: 'node-fetch, axios, got',
    versions: 'node-fetch 2.7.0 and 3.3.2, axios 1.21.1, got 14.6.6',
    classified: true,
    texts: HTTP_LIBRARIES,
  },
  { id: 'deno', name: 'Deno', versions: '2.9.6', classified: true, texts: DENO },
  { id: 'workerd', name: 'workerd (Cloudflare Workers)', versions: '2026-04-26', classified: true, texts: WORKERD },
  { id: 'chromium', name: 'Chromium', versions: '150.0.7871.100', classified: false, texts: CHROMIUM },
  {
    id: 'json',
    name: 'JSON parsers',
    versions: 'Node 24.21.0, Bun 1.4.5, Python 3.11.7',
    classified: false,
    texts: JSON_PARSERS,
  },
  {
    id: 'python',
    name: 'Python',
    versions: 'httpx 0.28.1, requests 2.34.2, aiohttp 3.14.3, urllib of 3.11.7',
    classified: false,
    texts: PYTHON,
  },
  { id: 'curl', name: 'curl', versions: '7.88.1', classified: false, texts: CURL },
  { id: 'nginx', name: 'nginx', versions: '1.22.1', classified: false, texts: NGINX },
  { id: 'haproxy', name: 'HAProxy', versions: '2.6.12', classified: false, texts: HAPROXY },
  { id: 'caddy', name: 'Caddy', versions: '2.6.2', classified: false, texts: CADDY },
  { id: 'cloudflare', name: 'Cloudflare', versions: 'its documentation', classified: false, texts: CLOUDFLARE },
]
