import { resolveRequest, type Dialect, type Trace } from '@stopbit/traces'

/** Where the APIs are, so that a copied test reads like the code that it is for. */
const APIS: { readonly [dialect in Dialect]: string } = {
  'anthropic-messages': 'https://api.anthropic.com',
  'openai-chat': 'https://api.openai.com',
  'openai-responses': 'https://api.openai.com',
  gemini: 'https://generativelanguage.googleapis.com',
  opaque: 'https://api.example.com',
}

/** What the copied test imports: names and package. */
const IMPORTS = [
  ['assertSettles, replay', '@stopbit/msw'],
  ['loadTrace', '@stopbit/traces/data'],
  ['setupServer', 'msw/node'],
  ['expect, onTestFinished, test', 'vitest'],
] as const

/**
 * A Vitest test that holds a client against the trace with `@stopbit/msw`. The upstream fails in it as in the trace; no Stopbit is in
 * between. As it is, its client is a plain `fetch`: for some traces the test is red until a better client stands there.
 */
export function toTest(trace: Trace): string {
  const [group, slug, permutation] = trace.id.split('/')
  const request = trace.client.find((step) => step.do === 'request')
  if (request === undefined) throw new TypeError(`Cannot copy ${trace.id}: its client asks for nothing`)
  const { path, headers, body } = resolveRequest(request)
  const api = APIS[trace.dialect]
  const options = [
    `url: ${quote(api)}`,
    ...(permutation === undefined ? [] : [`permutation: ${quote(permutation)}`]),
    'scale: 0',
  ]
  return `${IMPORTS.map(([names, from]) => `import { ${names} } from ${quote(from)}`).join('\n')}

// Your client in place of this one: it reads the answer to its end, and rejects when there is none.
async function readAnswer(): Promise<string> {
  const response = await fetch(${quote(api + path)}, {
    method: 'POST',
    headers: ${indent(JSON.stringify(headers, undefined, 2))},
    body: JSON.stringify(${indent(JSON.stringify(JSON.parse(body), undefined, 2))}),
  })
  if (!response.ok) throw new Error(\`The API answered \${response.status}\`)
  return await response.text()
}

test(${quote(trace.title)}, async () => {
  const trace = await loadTrace(${quote(`${group}/${slug}`)})
  const server = setupServer(replay(trace, { ${options.join(', ')} }))
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
  const settled = await assertSettles(readAnswer(), 5_000)
${expected(trace)}
})
`
}

function expected({ expect: { outcome } }: Trace): string {
  const mayBeWhole = outcome.some((one) => one === 'completed' || one === 'completed-sentinel')
  if (!mayBeWhole) return "  expect(settled.how, 'a cut answer does not pass for a whole one').toBe('rejected')"
  if (outcome.every((one) => one === 'completed')) return "  expect(settled.how).toBe('resolved')"
  return "  expect(settled.how, 'it ends one way or the other').toMatch(/resolved|rejected/)"
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function indent(json: string): string {
  return json.replaceAll('\n', '\n    ')
}
