import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import type { Dialect } from '@stopbit/traces'
import { jsonSchema, streamText, dynamicTool, type LanguageModel } from 'ai'
import OpenAI from 'openai'
import type { Client, Seen } from './reading.ts'

// Its warnings about models that it does not know would fill the output.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

const PROMPT = 'Read the proxy source and explain it.'
const MESSAGES = [{ role: 'user' as const, content: PROMPT }]

async function anthropic(baseURL: string, seen: Seen): Promise<void> {
  const sdk = new Anthropic({ apiKey: 'sk-test', baseURL, maxRetries: 0, logLevel: 'off' })
  const body = { model: 'claude-test', max_tokens: 100, messages: MESSAGES, stream: true as const }
  for await (const event of await sdk.messages.create(body)) {
    if (event.type === 'message_delta') seen.addStop(event.delta.stop_reason)
    if (event.type !== 'content_block_delta') continue
    if (event.delta.type === 'text_delta') seen.addText(event.delta.text)
    if (event.delta.type === 'input_json_delta') seen.addArguments(event.delta.partial_json)
  }
}

function openai(url: string): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, maxRetries: 0, logLevel: 'off' })
}

async function chat(url: string, seen: Seen): Promise<void> {
  const body = { model: 'gpt-test', messages: MESSAGES, stream: true as const }
  for await (const { choices = [] } of await openai(url).chat.completions.create(body)) {
    for (const { delta, finish_reason: reason } of choices) {
      seen.addText(delta.content)
      for (const call of delta.tool_calls ?? []) seen.addArguments(call.function?.arguments)
      seen.addStop(reason)
    }
  }
}

async function responses(url: string, seen: Seen): Promise<void> {
  const body = { model: 'gpt-test', input: PROMPT, store: false, stream: true as const }
  for await (const event of await openai(url).responses.create(body)) {
    if (event.type === 'response.output_text.delta') seen.addText(event.delta)
    if (event.type === 'response.function_call_arguments.delta') seen.addArguments(event.delta)
    if (event.type === 'response.completed') seen.addStop(event.response.status)
  }
}

async function genai(baseUrl: string, seen: Seen): Promise<void> {
  const sdk = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl } })
  const stream = await sdk.models.generateContentStream({ model: 'gemini-test', contents: PROMPT })
  for await (const { candidates = [] } of stream) {
    for (const { content, finishReason } of candidates) {
      for (const { text, functionCall } of content?.parts ?? []) {
        seen.addText(text)
        if (functionCall !== undefined) seen.addArguments(JSON.stringify(functionCall.args))
      }
      seen.addStop(finishReason)
    }
  }
}

function ai(id: string, modelOf: (url: string) => LanguageModel): Client {
  return { id, name: `\`ai\` streamText, ${id.slice(3)}`, read: (url, seen) => readParts(modelOf(url), seen) }
}

/** Reads every part. The first error is what the caller gets. */
async function readParts(model: LanguageModel, seen: Seen): Promise<unknown> {
  const read = dynamicTool({ description: 'Reads a file.', inputSchema: jsonSchema({ type: 'object' }) })
  const options = { maxRetries: 0, onError: () => undefined, providerOptions: { openai: { store: false } } }
  const { fullStream } = streamText({ model, prompt: PROMPT, tools: { read_file: read }, ...options })
  let error: unknown
  for await (const part of fullStream) {
    if (part.type === 'error') error ??= part.error
    if (part.type === 'text-delta') seen.addText(part.text)
    if (part.type === 'tool-input-delta') seen.addArguments(part.delta)
    if (part.type === 'finish-step') seen.addStop(part.finishReason)
  }
  return error
}

/** `fetch` and nothing else, as a client of one's own begins. */
export const PLAIN_FETCH: Client = {
  id: 'fetch',
  name: '`fetch` of Node',
  async read(url, seen) {
    const response = await fetch(`${url}/v1/any`, { method: 'POST', body: '{}' })
    seen.addStop(String(response.status))
    seen.addArguments(JSON.stringify([...response.headers])) // compared, too
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) seen.addText(decoder.decode(bytes, { stream: true }))
  },
}

/** The clients of a dialect, beside `fetch`. */
export const CLIENTS: Readonly<Record<Dialect, readonly Client[]>> = {
  'anthropic-messages': [
    { id: 'anthropic', name: '`@anthropic-ai/sdk` messages.create', read: anthropic },
    ai('ai-anthropic', (url) => createAnthropic({ apiKey: 'sk-test', baseURL: `${url}/v1` })('claude-test')),
  ],
  'openai-chat': [
    { id: 'openai-chat', name: '`openai` chat.completions.create', read: chat },
    ai('ai-chat', (url) => createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).chat('gpt-test')),
  ],
  'openai-responses': [
    { id: 'openai-responses', name: '`openai` responses.create', read: responses },
    ai('ai-responses', (url) => createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).responses('gpt-test')),
  ],
  gemini: [
    { id: 'genai', name: '`@google/genai` generateContentStream', read: genai },
    ai('ai-gemini', (url) => createGoogle({ apiKey: 'test', baseURL: `${url}/v1` })('gemini-test')),
  ],
  opaque: [],
}
