import OpenAI, { APIError } from 'openai'
import type { Calling, SdkClient } from './reading.ts'

const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
const QUESTION = [{ role: 'user' as const, content: 'Weather?' }]
/** What makes a request one that may be sent again before data. */
const UNSTORED = { input: 'Weather?', store: false }

const isTyped = (error: unknown): boolean => error instanceof APIError

function sdk(url: string): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, maxRetries: 0, logLevel: 'off' })
}

async function createChat({ url, model, seen }: Calling): Promise<void> {
  const body = { model, messages: QUESTION, stream: true as const }
  for await (const { choices } of await sdk(url).chat.completions.create(body)) {
    for (const { delta, finish_reason: reason } of choices) {
      seen.addText(delta.content)
      for (const call of delta.tool_calls ?? []) seen.addArguments(call.function?.arguments)
      if (reason === 'tool_calls') seen.addCall(seen.args)
      seen.addStop(reason)
    }
  }
}

async function runTools({ url, model, seen }: Calling): Promise<void> {
  const weather = {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'Weather of a city',
      parameters: SCHEMA,
      function: (input: string) => seen.addCall(input),
    },
  }
  const body = { model, messages: QUESTION, tools: [weather], stream: true as const }
  const runner = sdk(url).chat.completions.runTools(body, { maxChatCompletions: 3 })
  runner.on('chunk', ({ choices }) => {
    for (const { delta, finish_reason: reason } of choices) {
      seen.addText(delta.content)
      for (const call of delta.tool_calls ?? []) seen.addArguments(call.function?.arguments)
      seen.addStop(reason)
    }
  })
  await runner.done()
}

function noteEvent(event: OpenAI.Responses.ResponseStreamEvent, { seen }: Calling): void {
  if (event.type === 'response.output_text.delta') seen.addText(event.delta)
  if (event.type === 'response.function_call_arguments.delta') seen.addArguments(event.delta)
  if (event.type === 'response.output_item.done' && event.item.type === 'function_call')
    seen.addCall(event.item.arguments)
}

async function createResponse(calling: Calling): Promise<void> {
  const { url, model, seen } = calling
  for await (const event of await sdk(url).responses.create({ model, ...UNSTORED, stream: true })) {
    noteEvent(event, calling)
    if (event.type === 'response.completed') seen.addStop(event.response.status)
  }
}

async function streamResponse(calling: Calling): Promise<void> {
  const { url, model, seen } = calling
  const stream = sdk(url).responses.stream({ model, ...UNSTORED })
  const response = await stream.on('event', (event) => noteEvent(event, calling)).finalResponse()
  seen.addStop(response.status)
}

export const OPENAI_CLIENTS: readonly SdkClient[] = [
  {
    id: 'chat-create',
    name: 'openai chat.completions.create',
    dialect: 'openai-chat',
    runsTools: false,
    stops: ['tool_calls'],
    isTyped,
    read: createChat,
  },
  {
    id: 'chat-runner',
    name: 'openai chat.completions.runTools',
    dialect: 'openai-chat',
    runsTools: true,
    stops: ['tool_calls', 'stop'],
    isTyped,
    read: runTools,
  },
  {
    id: 'responses-create',
    name: 'openai responses.create',
    dialect: 'openai-responses',
    runsTools: false,
    stops: ['completed'],
    isTyped,
    read: createResponse,
  },
  {
    id: 'responses-stream',
    name: 'openai responses.stream',
    dialect: 'openai-responses',
    runsTools: false,
    stops: ['completed'],
    isTyped,
    read: streamResponse,
  },
]
