// Runs in Node, Bun and Deno: each has an error text of its own.
const url = process.env['ANTHROPIC_BASE_URL'] ?? 'http://127.0.0.1:4999'
const response = await fetch(`${url}/v1/messages`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    model: 'claude',
    max_tokens: 9,
    stream: true,
    messages: [{ role: 'user', content: 'Hello' }],
  }),
})
try {
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) console.log(decoder.decode(bytes, { stream: true }))
  console.log('-- the response has ended')
} catch (error) {
  console.log(`-- ${String(error)}`)
}
