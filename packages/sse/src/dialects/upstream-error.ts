import { toBytes } from '../framing/bytes.ts'
import type { StreamState } from './dialect.ts'
import { isObject, isText, type JsonObject, parseJson, toSayable } from './json.ts'

/** What a person reads if an upstream answers with an error and says nothing about it that can be passed on. */
export const UNEXPLAINED_SENTENCE =
  "The model API answered with an error and no explanation. Try again in a moment; if it persists, check the request, the API key and the gateway's upstream URL."

/** The status of an upstream's error of which nothing is known. */
export const UNKNOWN_STATUS = 502

/** An error as an upstream described it. Nothing in it is certain, but that it can be written as JSON. */
export type ErrorObject = JsonObject

/** 16 KiB: many times an error and its details. */
const MAX_ERROR_BYTES = 16 * 1024

/**
 * The error object in the body of an error response, or in the data of an error event; `undefined` if there is none.
 *
 * Apart from `{"error":{…}}`: the same in an array (Gemini), in the response that failed (OpenAI Responses), as a text
 * (Ollama, TGI), and bare, as `{"object":"error","message":…}` (vLLM), `{"type":"error","message":…}` (OpenAI Responses),
 * `{"message":…}` (gateways) and `{"detail":…}` (FastAPI).
 */
export function readUpstreamError(data: string): ErrorObject | undefined {
  const parsed = parseJson(data)
  for (const said of Array.isArray(parsed) ? parsed : [parsed]) {
    const error = isObject(said) ? errorIn(said) : undefined
    if (error !== undefined) return toSayable(error)
  }
  return undefined
}

/** The name that the upstream gave the request, beside its error; `undefined` if it gave none there. */
export function readRequestId(data: string): string | undefined {
  const said = parseJson(data)
  const id = isObject(said) ? said['request_id'] : undefined
  return isText(id) ? id : undefined
}

function errorIn(said: ErrorObject): ErrorObject | undefined {
  const { error, response, message, detail } = said
  if (isObject(error)) return error
  if (isText(error)) {
    const type = said['error_type']
    return { message: isText(message) ? message : error, ...(isText(type) && { type }) }
  }
  if (isObject(response) && isObject(response['error'])) return response['error']
  if (isText(message)) return withoutEnvelope(said)
  return isText(detail) ? { message: detail } : undefined
}

/** What is left of a bare error without the fields that only say that it is one. */
function withoutEnvelope(said: ErrorObject): ErrorObject {
  const isEnvelope = (key: string, value: unknown): boolean =>
    key === 'sequence_number' || (value === 'error' && (key === 'object' || key === 'type'))
  return Object.fromEntries(Object.entries(said).filter(([key, value]) => !isEnvelope(key, value)))
}

/** The data of an error event for `StreamState`: JSON in one line, anything else as it is, and nothing if it is too large. */
export function toErrorData(data: string): string {
  if (data.length > MAX_ERROR_BYTES || toBytes(data).byteLength > MAX_ERROR_BYTES) return ''
  return parseJson(data) !== undefined ? data.replaceAll(/[\r\n]+/g, ' ').trim() : data
}

/** The `failed` state of an upstream that said `data`, with `toSay` still to be said in the stream. */
export function toFailure(data: string, toSay: object, errorType: string): Extract<StreamState, { phase: 'failed' }> {
  return { phase: 'failed', errorType, error: toErrorData(data), untold: JSON.stringify(toSay) }
}

/** The first short word or number among them, else `unknown`: states and records take nothing else of an upstream. */
export function wordOf(...words: readonly unknown[]): string {
  for (const word of words) {
    if ((typeof word === 'string' || typeof word === 'number') && /^\w{1,40}$/.test(`${word}`)) return `${word}`
  }
  return 'unknown'
}

/** An HTTP status of an error, as a number or as a text; `undefined` if it is anything else. */
export function toErrorStatus(status: unknown): number | undefined {
  if (typeof status !== 'number' && typeof status !== 'string') return undefined
  return /^[45]\d\d$/.test(`${status}`) ? Number(status) : undefined
}
