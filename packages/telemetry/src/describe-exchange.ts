import type { Attributes } from '@opentelemetry/api'
import type { ExchangeRecord } from '@stopbit/exchange'

interface Api {
  /** `gen_ai.provider.name`: whose form the API has, wherever it runs. */
  readonly provider: string
  readonly operation: string
}

/** Paths that generate. Anything else (token counts, files, lists of models) is HTTP and no more. */
const ROUTES: readonly (readonly [path: RegExp, route: string, api: Api])[] = [
  [/\/v1\/messages$/, '/v1/messages', { provider: 'anthropic', operation: 'chat' }],
  [/\/chat\/completions$/, '/v1/chat/completions', { provider: 'openai', operation: 'chat' }],
  [/\/responses$/, '/v1/responses', { provider: 'openai', operation: 'chat' }],
  [
    /:(?:stream)?generateContent$/i,
    '/{version}/models/{model}:generateContent',
    { provider: 'gcp.gemini', operation: 'generate_content' },
  ],
]

/** What an exchange asks of which API; `undefined` for a path that generates nothing. */
export interface Generation extends Api {
  /** `http.route`: the path with what varies taken out. */
  readonly route: string
}

/** Reads it off the record's path. */
export function describeGeneration({ path, method }: ExchangeRecord): Generation | undefined {
  if (method !== 'POST') return undefined
  const [, route, api] = ROUTES.find(([pattern]) => pattern.test(path)) ?? []
  return route === undefined || api === undefined ? undefined : { route, ...api }
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'])

/** `http.request.method`: clients may send any word, and each would be a series of its own. */
export function methodName(method: string): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER'
}

/** Attributes that have a value. */
export function present(attributes: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes
}
