import { createResilientFetch } from '@stopbit/client'

const API = process.env['API_URL'] ?? 'https://api.anthropic.com'
const fetch = createResilientFetch({
  retryBackoffMs: Number(process.env['RETRY_BACKOFF_MS'] ?? 1_000),
  onRetry: ({ attempt }) => console.log('attempt', attempt),
})
const response = await fetch(`${API}/v1/messages`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
  body: JSON.stringify({ model: 'claude-sonnet-4-6', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] }),
})
console.log(response.status, await response.text())
