import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { isStepCount, jsonSchema, streamText, tool, type LanguageModel } from 'ai'
import type { Calling, SdkClient } from './reading.ts'
import type { DialectId } from './streams.ts'

// Its warnings about models that it does not know would fill the output.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

/** An error that `ai` hands out as a part of the stream: its form of a typed error, whatever class it has. */
class Reported extends Error {
  readonly statusCode: unknown

  constructor(cause: unknown) {
    super('reported', { cause })
    this.statusCode = (cause as { readonly statusCode?: unknown } | null)?.statusCode
  }
}

function aiClient(id: string, dialect: DialectId, modelOf: (calling: Calling) => LanguageModel): SdkClient {
  return {
    id,
    name: `ai streamText, ${dialect}`,
    dialect,
    runsTools: true,
    stops: ['tool-calls', 'stop'],
    isTyped: (error) => error instanceof Reported,
    read: (calling) => readParts(modelOf(calling), calling),
  }
}

/** Reads every part. The first error is what the caller gets. */
async function readParts(model: LanguageModel, { seen }: Calling): Promise<Reported | undefined> {
  const weather = tool({
    description: 'Weather of a city',
    inputSchema: jsonSchema<object>({ type: 'object', properties: { city: { type: 'string' } } }),
    execute: (input) => seen.addCall(input),
  })
  const { fullStream } = streamText({
    model,
    prompt: 'Weather?',
    maxRetries: 0,
    stopWhen: isStepCount(3),
    onError: () => undefined,
    tools: { get_weather: weather },
    providerOptions: { openai: { store: false } },
  })
  let error: Reported | undefined
  for await (const part of fullStream) {
    if (part.type === 'error') error ??= new Reported(part.error)
    if (part.type === 'text-delta') seen.addText(part.text)
    if (part.type === 'tool-input-delta') seen.addArguments(part.delta)
    if (part.type === 'finish-step') seen.addStop(part.finishReason)
  }
  return error
}

/** Vercel's `ai` with each of its providers. */
export const AI_CLIENTS: readonly SdkClient[] = [
  aiClient('ai-anthropic', 'anthropic-messages', ({ url, model }) =>
    createAnthropic({ apiKey: 'sk-test', baseURL: `${url}/v1` })(model),
  ),
  aiClient('ai-chat', 'openai-chat', ({ url, model }) =>
    createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).chat(model),
  ),
  aiClient('ai-responses', 'openai-responses', ({ url, model }) =>
    createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).responses(model),
  ),
  aiClient('ai-gemini', 'gemini', ({ url, model }) => createGoogle({ apiKey: 'test', baseURL: `${url}/v1` })(model)),
]
