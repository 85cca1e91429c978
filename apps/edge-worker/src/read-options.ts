import type { FetchHandlerOptions } from '@stopbit/edge'

/** What a worker is given: variables and secrets, by their names. Those of others are left alone. */
export type Bindings = Readonly<Record<string, unknown>>

/** What the worker's handler is made with, and the token that clients have to present. */
export interface WorkerOptions extends Pick<FetchHandlerOptions, 'upstream' | 'credential' | 'exchange'> {
  readonly token: string
}

/**
 * Reads the bindings: `STOPBIT_UPSTREAM_URL` and `STOPBIT_TOKEN`, which have to be there, `STOPBIT_CREDENTIAL`, and any option
 * of an exchange, `idleTimeoutMs` as `STOPBIT_IDLE_TIMEOUT_MS`.
 *
 * Throws an error that names the option, the rule and, unless it is a secret, the value.
 */
export function readOptions(bindings: Bindings): WorkerOptions {
  const { STOPBIT_UPSTREAM_URL, STOPBIT_TOKEN, STOPBIT_CREDENTIAL, ...others } = bindings
  const upstreamUrl = textOf('STOPBIT_UPSTREAM_URL', STOPBIT_UPSTREAM_URL)
  const token = textOf('STOPBIT_TOKEN', STOPBIT_TOKEN)
  if (upstreamUrl === undefined || !URL.canParse(upstreamUrl)) {
    throw new TypeError('Cannot use STOPBIT_UPSTREAM_URL: must be a URL, such as https://api.anthropic.com')
  }
  if (token === undefined) {
    throw new TypeError('Cannot do without STOPBIT_TOKEN: everybody could use this worker. Set it as a secret')
  }
  const exchange: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(others)) {
    const text = name.startsWith('STOPBIT_') ? textOf(name, value) : undefined
    if (text !== undefined) exchange[toOptionName(name)] = /^\d+$/.test(text) ? Number(text) : text
  }
  const credential = textOf('STOPBIT_CREDENTIAL', STOPBIT_CREDENTIAL)
  return { upstream: { url: new URL(upstreamUrl) }, token, credential, exchange }
}

function toOptionName(binding: string): string {
  const words = binding.slice('STOPBIT_'.length).toLowerCase()
  return words.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`Cannot use ${name}: must be a text`)
}
