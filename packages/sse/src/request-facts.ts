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
}

/** The fields that are looked at, whatever the API. */
interface RequestBody {
  readonly stream?: unknown
  readonly model?: unknown
  readonly n?: unknown
  readonly generationConfig?: { readonly candidateCount?: unknown } | null
  readonly generation_config?: { readonly candidate_count?: unknown } | null
}

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
  const { stream, model, n, generationConfig, generation_config: snakeCase } = parsed as RequestBody
  const count = n ?? generationConfig?.candidateCount ?? snakeCase?.candidate_count ?? 1
  return {
    stream: stream === true,
    ...(typeof count === 'number' && { choiceCount: count }),
    ...(typeof model === 'string' && { model: model.slice(0, 200) }),
  }
}
