import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import type { Calling, SdkClient } from './reading.ts'

const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
const QUESTION = [{ role: 'user' as const, content: 'Weather?' }]

const shared = {
  dialect: 'anthropic-messages' as const,
  isTyped: (error: unknown): boolean => error instanceof APIError,
}

function sdk(url: string): Anthropic {
  return new Anthropic({ apiKey: 'sk-test', baseURL: url, maxRetries: 0, logLevel: 'off' })
}

async function create({ url, model, seen }: Calling): Promise<void> {
  const body = { model, max_tokens: 100, messages: QUESTION, stream: true as const }
  for await (const event of await sdk(url).messages.create(body)) {
    if (event.type === 'content_block_delta') {
      if (event.delta.type === 'text_delta') seen.addText(event.delta.text)
      if (event.delta.type === 'input_json_delta') seen.addArguments(event.delta.partial_json)
    }
    // The first block is text.
    if (event.type === 'content_block_stop' && event.index === 1) seen.addCall(seen.args)
    if (event.type === 'message_delta') seen.addStop(event.delta.stop_reason)
  }
}

async function toolRunner({ url, model, seen }: Calling): Promise<void> {
  const weather = betaTool({
    name: 'get_weather',
    description: 'Weather of a city',
    inputSchema: SCHEMA,
    run: (input) => seen.addCall(input),
  })
  const body = { model, max_tokens: 100, messages: QUESTION, tools: [weather], stream: true as const }
  for await (const turn of sdk(url).beta.messages.toolRunner({ ...body, max_iterations: 3 })) {
    let turnText = ''
    turn.on('text', (text) => {
      turnText += text
      seen.addText(text)
    })
    turn.on('inputJson', (json) => seen.addArguments(json))
    try {
      const { stop_reason: reason } = await turn.finalMessage()
      seen.addStop(reason)
    } catch (error) {
      const kept = turn.currentMessage?.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])) ?? []
      if (kept.join('') !== turnText) seen.addText(`, and currentMessage has ${JSON.stringify(kept)}`)
      throw error
    }
  }
}

export const ANTHROPIC_CLIENTS: readonly SdkClient[] = [
  {
    ...shared,
    id: 'anthropic-create',
    name: '@anthropic-ai/sdk messages.create',
    runsTools: false,
    stops: ['tool_use'],
    read: create,
  },
  {
    ...shared,
    id: 'anthropic-runner',
    name: '@anthropic-ai/sdk toolRunner',
    runsTools: true,
    stops: ['tool_use', 'end_turn'],
    read: toolRunner,
  },
]
