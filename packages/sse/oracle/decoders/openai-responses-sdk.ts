import type OpenAI from 'openai'
import { addText, type Decoder, type ReadEnd, type Sink } from './decoder.ts'
import { openaiClientOn } from './openai-chat-sdk.ts'
import { createTransport } from './transport.ts'

type Event = OpenAI.Responses.ResponseStreamEvent

const RESPONSE = {
  id: 'resp_2',
  object: 'response',
  created_at: 1,
  model: 'gpt-canonical',
  output: [],
  error: null,
  incomplete_details: null,
  parallel_tool_calls: true,
  tool_choice: 'auto',
  tools: [],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
}

/** The answer to the turn that a client makes of an executed call: whole, and empty. */
export const RESPONSES_FOLLOW_UP: string = [
  { type: 'response.created', sequence_number: 0, response: { ...RESPONSE, status: 'in_progress' } },
  { type: 'response.completed', sequence_number: 1, response: { ...RESPONSE, status: 'completed' } },
]
  .map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('')

const BODY = { model: 'gpt-canonical', input: 'Weather?' }
/** Statuses that say how a response has ended; one that is `failed` without a throw leaves it to the caller to look. */
const FINAL = new Set(['completed', 'incomplete'])

function collect(sink: Sink, event: Event): void {
  if (event.type === 'response.output_text.delta') addText(sink, 0, event.delta)
}

function sdkDecoder(call: string, read: (client: OpenAI, sink: Sink) => Promise<ReadEnd>): Decoder {
  const transport = createTransport(RESPONSES_FOLLOW_UP)
  const client = openaiClientOn(transport)
  return {
    id: `openai responses ${call}`,
    dialect: 'openai-responses',
    canAsk: () => true,
    transport,
    read: (sink) => read(client, sink),
  }
}

/** `responses.create({ stream: true })`, iterated. */
const create = sdkDecoder('create', async (client, sink) => {
  let status: string | undefined
  for await (const event of await client.responses.create({ ...BODY, stream: true })) {
    collect(sink, event)
    if ('response' in event) status = event.response.status
  }
  return { stopReasons: [status], isComplete: status !== undefined && FINAL.has(status) }
})

/** `responses.stream().finalResponse()`. */
const stream = sdkDecoder('stream', async (client, sink) => {
  const { status } = await client.responses
    .stream(BODY)
    .on('event', (event) => collect(sink, event))
    .finalResponse()
  return { stopReasons: [status], isComplete: status !== undefined && FINAL.has(status) }
})

/** Every way of the OpenAI SDK to read a Responses stream. */
export const OPENAI_RESPONSES_DECODERS: readonly Decoder[] = [create, stream]
