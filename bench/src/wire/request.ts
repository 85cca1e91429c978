import { buildPrompt } from './stream-body.ts'
import type { Work } from '../scenarios.ts'

/** The path of the Messages API, and one of no API that anybody knows. */
export const MESSAGES_PATH = '/v1/messages'
export const PLAIN_PATH = '/v1/plain-bytes'

interface RequestFacts {
  readonly port: number
  readonly path: string
  readonly work: Work
  readonly window: number
}

/** Names the window that a request belongs to: those of the last one may still be under way when the next begins. */
export const WINDOW_HEADER = 'x-bench-window'

/** A request as the official SDK writes it. */
export function buildRequest({ port, path, work, window }: RequestFacts): Buffer {
  const body = work.kind === 'json' ? buildPrompt(work.promptBytes, false) : buildPrompt(200, true)
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'accept: application/json',
    'content-type: application/json',
    'user-agent: Anthropic/JS 1.12.0',
    'anthropic-version: 2023-06-01',
    'x-api-key: key-of-the-benchmark',
    'x-stainless-lang: js',
    'x-stainless-os: Linux',
    'x-stainless-runtime: node',
    'x-stainless-retry-count: 0',
    `${WINDOW_HEADER}: ${window}`,
    `content-length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}
