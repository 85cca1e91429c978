import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { GoogleGenAI } from '@google/genai'
import { isStepCount, jsonSchema, streamText, tool, type LanguageModel } from 'ai'
import OpenAI from 'openai'
import {
  ANTHROPIC,
  ANTHROPIC_OPEN_TOOL,
  CHAT,
  CHAT_OPEN_TOOL,
  GEMINI,
  RESPONSES,
  RESPONSES_OPEN_TOOL,
  type ApiStream,
} from './streams.ts'

// Its warnings about models that it does not know would fill the output.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

/** What a caller is called with. */
interface Calling {
  readonly fetch: typeof fetch
  readonly url: string
  readonly onText: (text: string) => void
  /** Called with the arguments of a tool call as they come. */
  readonly onArguments: (json: string) => void
  /** Called when the caller runs the tool that the model asked for. */
  readonly onTool: () => void
  readonly signal: AbortSignal
}

/** A real client of one API, and how it reads a stream. Rejects with what it throws. */
export interface Caller {
  readonly name: string
  readonly stream: ApiStream
  /** A tool call that is never closed; missing where calls come whole. */
  readonly openTool?: readonly string[]
  /** Its requests have the API keep a state, so they are not executed twice. */
  readonly isStateful?: true
  read(calling: Calling): Promise<void>
}

const MESSAGES = [{ role: 'user' as const, content: 'Weather?' }]
const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } }

const anthropic = ({ fetch, url }: Calling): Anthropic =>
  new Anthropic({ apiKey: 'sk-test', baseURL: url, fetch, maxRetries: 0 })
const openai = ({ fetch, url }: Calling): OpenAI =>
  new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, fetch, maxRetries: 0 })

const anthropicCallers: readonly Caller[] = [
  {
    name: '@anthropic-ai/sdk messages.create',
    stream: ANTHROPIC,
    openTool: ANTHROPIC_OPEN_TOOL,
    async read(calling) {
      const { signal, onText, onArguments } = calling
      const body = { model: 'claude', max_tokens: 10, messages: MESSAGES, stream: true as const }
      for await (const event of await anthropic(calling).messages.create(body, { signal })) {
        if (event.type !== 'content_block_delta') continue
        if (event.delta.type === 'text_delta') onText(event.delta.text)
        if (event.delta.type === 'input_json_delta') onArguments(event.delta.partial_json)
      }
      // The SDK ends such a loop without an error.
      signal.throwIfAborted()
    },
  },
  {
    name: '@anthropic-ai/sdk toolRunner',
    stream: ANTHROPIC,
    openTool: ANTHROPIC_OPEN_TOOL,
    isStateful: true, // it asks for a thread
    async read(calling) {
      const { signal, onText, onArguments, onTool } = calling
      const weather = betaTool({
        name: 'get_weather',
        description: 'Weather of a city',
        inputSchema: SCHEMA,
        run: () => {
          onTool()
          return 'sunny'
        },
      })
      const body = { model: 'claude', max_tokens: 10, messages: MESSAGES, tools: [weather], stream: true as const }
      for await (const turn of anthropic(calling).beta.messages.toolRunner(
        { ...body, max_iterations: 2 },
        { signal },
      )) {
        turn.on('text', onText).on('inputJson', onArguments)
        await turn.finalMessage()
      }
    },
  },
]

const openaiCallers: readonly Caller[] = [
  {
    name: 'openai chat.completions.runTools',
    stream: CHAT,
    openTool: CHAT_OPEN_TOOL,
    async read(calling) {
      const { signal, onText, onArguments, onTool } = calling
      const weather = {
        type: 'function' as const,
        function: { name: 'get_weather', description: 'Weather', parameters: SCHEMA, function: (): void => onTool() },
      }
      const body = { model: 'gpt', messages: MESSAGES, tools: [weather], stream: true as const }
      const runner = openai(calling).chat.completions.runTools(body, { signal, maxChatCompletions: 2 })
      runner.on('chunk', ({ choices }) => onArguments(choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? ''))
      await runner.on('content', onText).done()
    },
  },
  {
    name: 'openai chat.completions.create',
    stream: CHAT,
    openTool: CHAT_OPEN_TOOL,
    async read(calling) {
      const { signal, onText, onArguments } = calling
      const body = { model: 'gpt', messages: MESSAGES, stream: true as const }
      for await (const { choices } of await openai(calling).chat.completions.create(body, { signal })) {
        onText(choices[0]?.delta.content ?? '')
        onArguments(choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '')
      }
      signal.throwIfAborted()
    },
  },
  {
    name: 'openai responses.create',
    stream: RESPONSES,
    openTool: RESPONSES_OPEN_TOOL,
    async read(calling) {
      const { signal, onText, onArguments } = calling
      const body = { model: 'gpt', input: 'Weather?', store: false, stream: true as const }
      for await (const event of await openai(calling).responses.create(body, { signal })) {
        if (event.type === 'response.output_text.delta') onText(event.delta)
        if (event.type === 'response.function_call_arguments.delta') onArguments(event.delta)
      }
      signal.throwIfAborted()
    },
  },
]

const aiCaller = (
  name: string,
  stream: ApiStream,
  openTool: readonly string[],
  modelOf: (calling: Calling) => LanguageModel,
): Caller => ({
  name: `ai streamText, ${name}`,
  stream,
  openTool,
  async read(calling) {
    const { signal, onText, onArguments, onTool } = calling
    const weather = tool({
      description: 'Weather of a city',
      inputSchema: jsonSchema<object>(SCHEMA),
      execute: () => {
        onTool()
        return 'sunny'
      },
    })
    const { fullStream } = streamText({
      model: modelOf(calling),
      prompt: 'Weather?',
      maxRetries: 0,
      stopWhen: isStepCount(2),
      onError: () => undefined,
      abortSignal: signal,
      tools: { get_weather: weather },
      providerOptions: { openai: { store: false } },
    })
    for await (const part of fullStream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'text-delta') onText(part.text)
      if (part.type === 'tool-input-delta') onArguments(part.delta)
    }
    signal.throwIfAborted()
  },
})

const aiCallers: readonly Caller[] = [
  aiCaller('@ai-sdk/anthropic', ANTHROPIC, ANTHROPIC_OPEN_TOOL, ({ fetch, url }) =>
    createAnthropic({ apiKey: 'sk-test', baseURL: `${url}/v1`, fetch })('claude'),
  ),
  aiCaller('@ai-sdk/openai chat', CHAT, CHAT_OPEN_TOOL, ({ fetch, url }) =>
    createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, fetch }).chat('gpt'),
  ),
  aiCaller('@ai-sdk/openai responses', RESPONSES, RESPONSES_OPEN_TOOL, ({ fetch, url }) =>
    createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, fetch }).responses('gpt'),
  ),
]

const genaiCaller: Caller = {
  name: '@google/genai generateContentStream',
  stream: GEMINI,
  async read({ fetch, url, signal, onText }) {
    const client = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: url, fetch } })
    const body = { model: 'gemini', contents: 'Weather?', config: { abortSignal: signal } }
    for await (const { text } of await client.models.generateContentStream(body)) onText(text ?? '')
    signal.throwIfAborted()
  },
}

export const CALLERS: readonly Caller[] = [...anthropicCallers, ...openaiCallers, ...aiCallers, genaiCaller]
