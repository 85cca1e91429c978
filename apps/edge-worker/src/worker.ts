import { createFetchHandler, type FetchHandler } from '@stopbit/edge'
import { readOptions, type Bindings } from './read-options.ts'
import { refuse } from './refuse.ts'

/** A worker that can serve, or what keeps it from that. */
type State =
  | { readonly serves: true; readonly token: string; readonly handler: FetchHandler }
  | { readonly serves: false }

let state: State | undefined

/** Made with the first request: a worker has its bindings no earlier. Wrong ones are told to the operator, and to nobody else. */
function start(bindings: Bindings): State {
  try {
    const { token, ...options } = readOptions(bindings)
    const onRecord = (record: object): void => log('exchange', record)
    const onStall = (warning: object): void => log('stall', warning)
    return { serves: true, token, handler: createFetchHandler({ ...options, onRecord, onStall }) }
  } catch (error) {
    log('not configured', { error: error instanceof Error ? error.message : 'unknown' })
    return { serves: false }
  }
}

/** One line of JSON, as Workers Logs index it. Records hold no prompt, completion, key or query. */
function log(event: string, fields: object): void {
  console.log(JSON.stringify({ event, ...fields }))
}

export default {
  async fetch(request: Request, bindings: Bindings, context: unknown): Promise<Response> {
    state ??= start(bindings)
    if (!state.serves) return refuse('not-configured')
    if (!(await presents(request, state.token))) return refuse('no-token')
    return state.handler(request, context)
  },
}

/** Whether the request presents the token. Digests are compared, so that the time it takes tells nothing of the token. */
async function presents({ headers }: Request, token: string): Promise<boolean> {
  const given = headers.get('x-stopbit-token')
  if (given === null) return false
  const [a, b] = await Promise.all([digest(given), digest(token)])
  return a.every((byte, i) => byte === b[i])
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
