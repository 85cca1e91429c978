import Anthropic from '@anthropic-ai/sdk'
import { createResilientFetch } from '@stopbit/client'

const client = new Anthropic({
  apiKey: process.env['API_KEY'] ?? '',
  baseURL: process.env['API_URL'] ?? null,
  fetch: createResilientFetch(),
})
const events = await client.messages.create({
  model: 'claude-sonnet-4-6',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
})
try {
  for await (const event of events) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
      process.stdout.write(event.delta.text)
  }
  console.log('\n-- done')
} catch (error) {
  console.log(`\n-- ${error instanceof Error ? error.message : 'The answer was cut.'}`)
}
