import { isStated, usesServerTools } from './request-tools.ts'
import { isStateless } from './stateless-fields.ts'

/**
 * What a proxy needs to know about a request's body, read once. A field that is missing is unknown, and unknown never
 * allows anything: no added sentinel, no second attempt.
 */
export interface RequestFacts {
  /** The client asked for a stream. */
  readonly stream?: boolean
  /** The model named in the request, for records. */
  readonly model?: string
  /** How many answers were asked for (`n`, `candidateCount`); 1 if a body that was read does not say. */
  readonly choiceCount?: number
  /** Whether the upstream is to keep the answer; left out if the body does not say. */
  readonly store?: boolean
  /** Which field holds the prompt, and so that the body was read and is one of an inference call. */
  readonly prompt?: 'messages' | 'input' | 'contents'
  /**
   * The upstream goes on from a state that it keeps, or keeps one, or that cannot be ruled out: beside the prompt there is a
   * field that is not known to be stateless.
   */
  readonly isStateful?: true
  /** There is, or may be, a tool that is not run by the client but upstream, where it may act on the world. */
  readonly usesServerTools?: true
  /** A usage chunk was asked for (`stream_options.include_usage`). */
  readonly includeUsage?: true
}

/** The fields that are looked at, whatever the API; tools are looked at elsewhere. */
interface RequestBody {
  readonly [field: string]: unknown
  readonly generationConfig?: { readonly candidateCount?: unknown } | null
  readonly generation_config?: { readonly candidate_count?: unknown } | null
  readonly stream_options?: { readonly include_usage?: unknown } | null
}

const PROMPTS = ['messages', 'input', 'contents'] as const

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads the facts from a JSON body. A body that is no JSON object is not an error here: its facts are unknown. */
export function readRequestFacts(body: Uint8Array | undefined): RequestFacts {
  if (body === undefined || body.byteLength === 0) return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(decoder.decode(body))
  } catch {
    return {}
  }
  if (typeof parsed !== 'object' || parsed === null) return {}
  return factsOf(parsed as RequestBody)
}

function factsOf(body: RequestBody): RequestFacts {
  const { stream, model, n, store, generationConfig, generation_config: snakeCase } = body
  const count = n ?? generationConfig?.candidateCount ?? snakeCase?.candidate_count ?? 1
  const prompt = PROMPTS.find((field) => isStated(body[field]))
  return {
    stream: stream === true,
    ...(typeof count === 'number' && { choiceCount: count }),
    ...(typeof model === 'string' && { model: model.slice(0, 200) }),
    // What is neither is taken for a yes: some upstreams are as lenient, and it allows less.
    ...(store !== undefined && store !== null && { store: store !== false }),
    ...(prompt !== undefined && { prompt }),
    ...(prompt !== undefined && isStateful(prompt, body) && { isStateful: true }),
    ...(usesServerTools(body) && { usesServerTools: true }),
    ...(body.stream_options?.include_usage === true && { includeUsage: true }),
  }
}

function isStateful(prompt: NonNullable<RequestFacts['prompt']>, body: RequestBody): boolean {
  return Object.entries(body).some(([field, value]) => isStated(value) && !isStateless(prompt, field))
}
