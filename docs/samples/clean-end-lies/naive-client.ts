import Anthropic from '@anthropic-ai/sdk'

const client = new Anthropic({ apiKey: process.env['API_KEY'] ?? '', baseURL: process.env['API_URL'] ?? null })
const events = await client.messages.create({
  model: 'claude-sonnet-4-6',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
})
for await (const event of events) {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') process.stdout.write(event.delta.text)
}
console.log('\n-- done') // also when half of the answer is missing
