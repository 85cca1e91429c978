import OpenAI from 'openai'
import { addText, noteExecution, type Decoder, type ReadEnd, type Sink } from './decoder.ts'
import type { CanonicalRequest } from '../streams/stream.ts'
import { createTransport, type Transport } from './transport.ts'

type Chunk = OpenAI.ChatCompletionChunk
type Body = Omit<OpenAI.ChatCompletionCreateParamsStreaming, 'stream'>

const CHUNK_HEAD = '"id":"chatcmpl-2","object":"chat.completion.chunk","created":1,"model":"gpt-canonical"'

/** The answer to the turn that a client makes of an executed call: whole, and next to empty. */
export const CHAT_FOLLOW_UP: string = [
  `{${CHUNK_HEAD},"choices":[{"index":0,"delta":{"role":"assistant","content":"-"},"finish_reason":null}]}`,
  `{${CHUNK_HEAD},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
  '[DONE]',
]
  .map((data) => `data: ${data}\n\n`)
  .join('')

/** A client of the OpenAI SDK on this transport. */
export function openaiClientOn(transport: Transport): OpenAI {
  const { fetch } = transport
  return new OpenAI({ apiKey: 'sk-oracle', baseURL: 'http://oracle.invalid', fetch, maxRetries: 0, logLevel: 'off' })
}

function bodyOf({ answerCount, includesUsage }: CanonicalRequest): Body {
  return {
    model: 'gpt-canonical',
    messages: [{ role: 'user', content: 'Weather?' }],
    ...(answerCount !== undefined && { n: answerCount }),
    ...(includesUsage && { stream_options: { include_usage: true } }),
  }
}

/** Keeps the text of a stream of chunks, and the finish reason of each answer. */
function createChunkReader(sink: Sink): { read(chunk: Chunk): void; end(request: CanonicalRequest): ReadEnd } {
  const reasons = new Map<number, string>()
  return {
    read({ choices }) {
      for (const { index, delta, finish_reason: reason } of choices) {
        if (typeof delta.content === 'string') addText(sink, index, delta.content)
        if (reason !== null) reasons.set(index, reason)
      }
    },
    end: ({ answerCount = 1 }) => ({ stopReasons: [...reasons.values()], isComplete: reasons.size === answerCount }),
  }
}

interface Read {
  readonly client: OpenAI
  readonly transport: Transport
  readonly sink: Sink
  readonly request: CanonicalRequest
}

function sdkDecoder(call: string, read: (context: Read) => Promise<ReadEnd>): Decoder {
  const transport = createTransport(CHAT_FOLLOW_UP)
  const client = openaiClientOn(transport)
  return {
    id: `openai chat ${call}`,
    dialect: 'openai-chat',
    canAsk: () => true,
    transport,
    read: (sink, request) => read({ client, transport, sink, request }),
  }
}

/** `chat.completions.create({ stream: true })`, iterated. */
const create = sdkDecoder('create', async ({ client, sink, request }) => {
  const reader = createChunkReader(sink)
  for await (const chunk of await client.chat.completions.create({ ...bodyOf(request), stream: true })) {
    reader.read(chunk)
  }
  return reader.end(request)
})

/** `chat.completions.stream().finalChatCompletion()`. */
const stream = sdkDecoder('stream', async ({ client, sink, request }) => {
  const reader = createChunkReader(sink)
  await client.chat.completions
    .stream({ ...bodyOf(request), stream: true })
    .on('chunk', (chunk) => reader.read(chunk))
    .finalChatCompletion()
  return reader.end(request)
})

/** `chat.completions.runTools({ stream: true })` with a function that takes the arguments as they came. */
const runTools: Decoder = {
  ...sdkDecoder('runTools', async ({ client, transport, sink, request }) => {
    const reader = createChunkReader(sink)
    const tool = {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: { type: 'object' as const, properties: {} },
        function: (input: string) => noteExecution(sink, input),
      },
    }
    const turns = client.chat.completions.runTools(
      { ...bodyOf(request), stream: true, tools: [tool] },
      { maxChatCompletions: 2 },
    )
    turns.on('chunk', (chunk) => {
      if (transport.requestCount === 1) reader.read(chunk)
    })
    await turns.done()
    return reader.end(request)
  }),
  // The runner reads the first answer only.
  canAsk: ({ answerCount = 1 }) => answerCount === 1,
}

/** Every way of the OpenAI SDK to read a Chat Completions stream. */
export const OPENAI_CHAT_DECODERS: readonly Decoder[] = [create, stream, runTools]
