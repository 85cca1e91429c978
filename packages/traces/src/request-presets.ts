import type { RequestStep } from './trace.ts'

/** A client request, ready to be written. */
export interface ResolvedRequest {
  readonly method: 'POST'
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  /** JSON, UTF-8. */
  readonly body: string
}

interface Preset {
  readonly headers: { readonly [name: string]: string }
  readonly body: { readonly [key: string]: unknown }
}

const anthropicHeaders = {
  'content-type': 'application/json',
  'anthropic-version': '2023-06-01',
  'x-api-key': 'sk-test',
}
const anthropicBody = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Read the proxy source and explain it.' }],
}
const readFileTool = {
  name: 'read_file',
  description: 'Reads a file.',
  input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
}

const question = 'Read the proxy source and explain it.'
const openaiHeaders = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
const chatBody = { model: 'gpt-5', messages: [{ role: 'user', content: question }] }
const responsesBody = { model: 'gpt-5', input: question, store: false }
const geminiHeaders = { 'content-type': 'application/json', 'x-goog-api-key': 'test' }
const geminiBody = { contents: [{ role: 'user', parts: [{ text: question }] }] }
const { name, description, input_schema: parameters } = readFileTool
const functionTool = { type: 'function', function: { name, description, parameters } }
const opaqueHeaders = { 'content-type': 'application/json' }

/** Bodies and headers that traces name instead of repeating them: what a plain SDK sends. */
export const REQUEST_PRESETS: { readonly [name: string]: Preset } = {
  'anthropic-messages/stream': { headers: anthropicHeaders, body: { ...anthropicBody, stream: true } },
  'anthropic-messages/stream-tools': {
    headers: anthropicHeaders,
    body: { ...anthropicBody, stream: true, tools: [readFileTool] },
  },
  'anthropic-messages/json': { headers: anthropicHeaders, body: anthropicBody },
  'openai-chat/stream': {
    headers: openaiHeaders,
    body: { ...chatBody, stream: true, stream_options: { include_usage: true } },
  },
  'openai-chat/stream-tools': { headers: openaiHeaders, body: { ...chatBody, stream: true, tools: [functionTool] } },
  'openai-chat/json': { headers: openaiHeaders, body: chatBody },
  'openai-responses/stream': { headers: openaiHeaders, body: { ...responsesBody, stream: true } },
  'openai-responses/stream-tools': {
    headers: openaiHeaders,
    body: { ...responsesBody, stream: true, tools: [{ type: 'function', name, description, parameters }] },
  },
  'openai-responses/json': { headers: openaiHeaders, body: responsesBody },
  'gemini/stream': { headers: geminiHeaders, body: geminiBody },
  'gemini/stream-tools': {
    headers: geminiHeaders,
    body: { ...geminiBody, tools: [{ functionDeclarations: [{ name, description, parameters }] }] },
  },
  'gemini/json': { headers: geminiHeaders, body: geminiBody },
  'opaque/stream': { headers: opaqueHeaders, body: { question, stream: true } },
  'opaque/json': { headers: opaqueHeaders, body: { question } },
}

/** Merges a request step over its preset. Throws a `TypeError` for an unknown preset, which lint reports earlier. */
export function resolveRequest(step: Omit<RequestStep, 'do' | 'conn'>): ResolvedRequest {
  const preset = step.preset === undefined ? undefined : REQUEST_PRESETS[step.preset]
  if (step.preset !== undefined && preset === undefined)
    throw new TypeError(`Cannot use preset: unknown "${step.preset}"`)
  const body = { ...preset?.body, ...step.body, ...(step.stream === undefined ? {} : { stream: step.stream }) }
  return {
    method: 'POST',
    path: step.path,
    headers: { 'content-type': 'application/json', ...preset?.headers, ...step.headers },
    body: JSON.stringify(body),
  }
}
