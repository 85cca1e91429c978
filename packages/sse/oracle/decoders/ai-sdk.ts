import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { isStepCount, jsonSchema, streamText, tool, type LanguageModel } from 'ai'
import type { DialectId } from '../streams/stream.ts'
import { ANTHROPIC_FOLLOW_UP } from './anthropic-sdk.ts'
import { addText, noteExecution, type Decoder, type ReadEnd, type Sink } from './decoder.ts'
import { GEMINI_FOLLOW_UP } from './google-genai.ts'
import { CHAT_FOLLOW_UP } from './openai-chat-sdk.ts'
import { RESPONSES_FOLLOW_UP } from './openai-responses-sdk.ts'
import { createTransport, type Transport } from './transport.ts'

// Its warnings about models that it does not know would fill the table.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

const SCHEMA = jsonSchema<Readonly<Record<string, unknown>>>({
  type: 'object',
  properties: { call: { type: 'string' }, city: { type: 'string' } },
})

interface Settings {
  readonly apiKey: string
  readonly baseURL: string
  readonly fetch: typeof globalThis.fetch
}

function aiDecoder(dialect: DialectId, followUp: string, modelOf: (settings: Settings) => LanguageModel): Decoder {
  const transport = createTransport(followUp)
  const model = modelOf({ apiKey: 'sk-oracle', baseURL: 'http://oracle.invalid', fetch: transport.fetch })
  return {
    id: `ai streamText (${dialect})`,
    dialect,
    // `streamText` has no option for several answers.
    canAsk: ({ answerCount = 1 }) => answerCount === 1,
    transport,
    read: (sink, { hasTools = false }) => readAll({ model, transport, sink, hasTools }),
  }
}

interface Read {
  readonly model: LanguageModel
  readonly transport: Transport
  readonly sink: Sink
  readonly hasTools: boolean
}

/**
 * Reads every part of the stream. The first error part is what the caller sees; parts of a second step belong to the
 * answer behind executed calls.
 */
async function readAll({ model, transport, sink, hasTools }: Read): Promise<ReadEnd> {
  const getWeather = tool({
    description: 'Weather of a city',
    inputSchema: SCHEMA,
    execute: (input: Readonly<Record<string, unknown>>) => noteExecution(sink, input),
  })
  const { fullStream } = streamText({
    model,
    prompt: 'Weather?',
    maxRetries: 0,
    stopWhen: isStepCount(2),
    onError: () => undefined,
    ...(hasTools && { tools: { get_weather: getWeather } }),
  })
  let error: unknown
  let stopReason: string | undefined
  for await (const part of fullStream) {
    if (part.type === 'error') error ??= part.error
    if (part.type === 'text-delta' && transport.requestCount === 1) addText(sink, 0, part.text)
    if (part.type === 'finish-step') stopReason ??= part.finishReason
  }
  return { error, stopReasons: [stopReason], isComplete: stopReason !== undefined && FINISHED.has(stopReason) }
}

/** The finish reasons that say that the model itself has ended, or was ended, by its own word. */
const FINISHED = new Set(['stop', 'length', 'tool-calls', 'content-filter'])

/** Vercel's `ai` with each of the providers whose dialect we know. */
export const AI_SDK_DECODERS: readonly Decoder[] = [
  aiDecoder('anthropic-messages', ANTHROPIC_FOLLOW_UP, (settings) => createAnthropic(settings)('claude-canonical')),
  aiDecoder('openai-chat', CHAT_FOLLOW_UP, (settings) => createOpenAI(settings).chat('gpt-canonical')),
  aiDecoder('openai-responses', RESPONSES_FOLLOW_UP, (settings) => createOpenAI(settings).responses('gpt-canonical')),
  aiDecoder('gemini', GEMINI_FOLLOW_UP, (settings) => createGoogle(settings)('gemini-canonical')),
]
