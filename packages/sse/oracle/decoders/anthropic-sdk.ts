import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { addText, noteExecution, type Decoder, type ReadEnd, type Sink } from './decoder.ts'
import { createTransport } from './transport.ts'

type RawEvent = Anthropic.MessageStreamEvent | Anthropic.Beta.BetaRawMessageStreamEvent

const FOLLOW_UP = [
  '{"type":"message_start","message":{"id":"msg_02","type":"message","role":"assistant","model":"claude-canonical","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}',
  '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":1}}',
  '{"type":"message_stop"}',
]
  .map((data) => `event: ${(JSON.parse(data) as { type: string }).type}\ndata: ${data}\n\n`)
  .join('')

/** The answer to the turn that a client makes of an executed call: whole, and empty. */
export const ANTHROPIC_FOLLOW_UP: string = FOLLOW_UP

const BODY = { model: 'claude-canonical', max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Weather?' }] }

function clientOf(fetch: typeof globalThis.fetch): Anthropic {
  return new Anthropic({ apiKey: 'sk-oracle', baseURL: 'http://oracle.invalid', fetch, maxRetries: 0, logLevel: 'off' })
}

function collect(sink: Sink, event: RawEvent): void {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') addText(sink, 0, event.delta.text)
}

type Read = (client: Anthropic, sink: Sink, transport: Decoder['transport']) => Promise<ReadEnd>

function sdkDecoder(call: string, read: Read): Decoder {
  const transport = createTransport(FOLLOW_UP)
  const client = clientOf(transport.fetch)
  return {
    id: `@anthropic-ai/sdk ${call}`,
    dialect: 'anthropic-messages',
    canAsk: () => true,
    transport,
    read: (sink) => read(client, sink, transport),
  }
}

/** `messages.create({ stream: true })`, iterated. */
const create: Decoder = sdkDecoder('create', async (client, sink) => {
  let stopReason: string | undefined
  let isComplete = false
  for await (const event of await client.messages.create({ ...BODY, stream: true })) {
    collect(sink, event)
    if (event.type === 'message_delta') stopReason = event.delta.stop_reason ?? undefined
    if (event.type === 'message_stop') isComplete = true
  }
  return { stopReasons: [stopReason], isComplete: isComplete && stopReason !== undefined }
})

/** `messages.stream().finalMessage()`. */
const stream: Decoder = sdkDecoder('stream', async (client, sink) => {
  const message = await client.messages
    .stream(BODY)
    .on('streamEvent', (event) => collect(sink, event))
    .finalMessage()
  return { stopReasons: [message.stop_reason], isComplete: message.stop_reason !== null }
})

function runner(call: string, runToolsEagerly: boolean): Decoder {
  return sdkDecoder(call, async (client, sink, transport) => {
    const tool = betaTool({
      name: 'get_weather',
      description: 'Weather of a city',
      inputSchema: { type: 'object', properties: { call: { type: 'string' }, city: { type: 'string' } } },
      run: (input) => noteExecution(sink, input),
    })
    const turns = client.beta.messages.toolRunner({
      ...BODY,
      stream: true,
      tools: [tool],
      max_iterations: 2,
      runToolsEagerly,
    })
    let stopReason: string | undefined
    for await (const turn of turns) {
      for await (const event of turn) if (transport.requestCount === 1) collect(sink, event)
      const message = await turn.finalMessage()
      if (transport.requestCount === 1) stopReason = message.stop_reason ?? undefined
    }
    return { stopReasons: [stopReason], isComplete: stopReason !== undefined }
  })
}

/** Every way of the Anthropic SDK to read a stream. */
export const ANTHROPIC_SDK_DECODERS: readonly Decoder[] = [
  create,
  stream,
  runner('toolRunner', false),
  runner('toolRunner, eager', true),
]
