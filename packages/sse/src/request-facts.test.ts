import { describe, expect, test } from 'vitest'
import { factsOf } from '../test/facts-of.ts'
import { readRequestFacts } from './request-facts.ts'

test.each([
  ['{"model":"claude","stream":true}', { stream: true, model: 'claude', choiceCount: 1 }],
  ['{"stream":"yes","model":7}', { stream: false, choiceCount: 1 }],
  ['{"n":3,"stream":true}', { stream: true, choiceCount: 3 }],
  ['{"generationConfig":{"candidateCount":2}}', { stream: false, choiceCount: 2 }],
  ['{"n":"many"}', { stream: false }],
  ['{"store":false}', { stream: false, choiceCount: 1, store: false }],
  ['{"store":true}', { stream: false, choiceCount: 1, store: true }],
  ['{"store":"no"}', { stream: false, choiceCount: 1, store: true }],
  ['{"store":null}', { stream: false, choiceCount: 1 }],
  ['{"messages":[{"role":"user"}]}', { stream: false, choiceCount: 1, prompt: 'messages' }],
  ['{"input":"Hi"}', { stream: false, choiceCount: 1, prompt: 'input' }],
  ['{"contents":[{}]}', { stream: false, choiceCount: 1, prompt: 'contents' }],
  ['{"messages":[]}', { stream: false, choiceCount: 1 }],
  ['{"stream_options":{"include_usage":true}}', { stream: false, choiceCount: 1, includeUsage: true }],
  ['{"stream_options":{"include_usage":"yes"}}', { stream: false, choiceCount: 1 }],
  ['{"stream_options":null}', { stream: false, choiceCount: 1 }],
  ['{"stream":true', {}],
  ['[1]', { stream: false, choiceCount: 1 }],
  ['null', {}],
  ['', {}],
  ['\u00ff not JSON', {}],
])('readRequestFacts(%j)', (body, facts) => {
  expect(readRequestFacts(Buffer.from(body))).toEqual(facts)
})

test('readRequestFacts() of bytes that are not UTF-8, or of no body, knows nothing', () => {
  expect(readRequestFacts(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual({})
  expect(readRequestFacts(undefined)).toEqual({})
})

describe('a request is stateful', () => {
  test.each([
    { input: 'Hi', conversation: 'conv_1' },
    { input: 'Hi', conversation: { id: 'conv_1' } },
    { input: 'Hi', background: true },
    { input: 'Hi', previous_response_id: 'resp_1' },
    { messages: [{}], container: 'container_1' },
    { messages: [{}], container: { skills: [] } },
    { messages: [{}], session_id: 's' },
    { messages: [{}], thread: { type: 'create' } },
    { messages: [{}], fallback_credit_token: 't' },
    { messages: [{}], unheard_of: 0 },
    { contents: [{}], continuationToken: 't' },
  ])('by %j', (body) => {
    expect(factsOf(body).isStateful).toBe(true)
  })

  test.each([
    { input: 'Hi', conversation: null },
    { input: 'Hi', background: false },
    { input: 'Hi', previous_response_id: null },
    { messages: [{}], unheard_of: [] },
    { messages: [{}], metadata: { a: 'b' } },
  ])('not by %j', (body) => {
    expect(factsOf(body)).not.toHaveProperty('isStateful')
  })
})

const ADDITION = { type: 'tool_addition', tool: { type: 'tool_definition', definition: { type: 'mcp_toolset' } } }
const OWN_ADDITION = {
  type: 'tool_addition',
  tool: { type: 'tool_definition', definition: { name: 'f', input_schema: {} } },
}

describe("a tool is the upstream's own", () => {
  test.each([
    { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    { tools: [{ type: 'function', name: 'f' }, { type: 'mcp' }] },
    { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    { tools: [{ type: 'shell' }] },
    { tools: [{ type: 'bash' }] },
    { tools: [{ type: 'bash_code_execution_20250825' }] },
    { tools: [{ type: 'function_hosted' }] },
    { tools: [{ googleSearch: {} }] },
    { tools: [{ functionDeclarations: [], codeExecution: {} }] },
    { tools: [{}] },
    { tools: [{ name: 'f' }] },
    { tools: [{ type: 7, name: 'f', input_schema: {} }] },
    { tools: ['web_search'] },
    { tools: { googleSearch: {} } },
    { tools: 'auto' },
    { mcp_servers: [{ url: 'https://example.com' }] },
    { container: 'c' },
    { web_search_options: {} },
    { plugins: [{ id: 'web' }] },
    { prompt: { id: 'pmpt_1' }, input: 'Hi' },
    { cachedContent: 'cachedContents/1' },
    { input: [{ type: 'additional_tools', tools: [{ type: 'web_search' }] }] },
    { messages: [{ role: 'system', content: [ADDITION] }] },
    { messages: [{ role: 'assistant', content: [{ type: 'compaction', tool_changes: [ADDITION] }] }] },
  ])('in %j', (body) => {
    expect(factsOf(body).usesServerTools).toBe(true)
  })

  test.each([
    { tools: [] },
    { tools: null },
    { mcp_servers: [] },
    { tools: [{ name: 'f', input_schema: { type: 'object' } }] },
    { tools: [{ type: null, name: 'f', input_schema: { type: 'object' } }] },
    { tools: [{ type: 'custom', name: 'f', input_schema: {} }] },
    { tools: [{ type: 'function', function: { name: 'f' } }] },
    { tools: [{ type: 'local_shell' }, { type: 'apply_patch' }, { type: 'computer_use_preview' }] },
    { tools: [{ type: 'bash_20250124' }, { type: 'text_editor_20250728' }, { type: 'memory_20250818' }] },
    { tools: [{ type: 'computer_20251124' }, { type: 'browser_toolset_20260801' }] },
    { tools: [{ functionDeclarations: [{ name: 'f' }] }, { function_declarations: [] }] },
    { input: [{ type: 'additional_tools', tools: [{ type: 'function', name: 'f' }] }] },
    { messages: [{ role: 'system', content: [OWN_ADDITION] }, 'odd', null, { content: [null, 'odd'] }] },
    { messages: [{ role: 'user', content: 'Use the tools' }] },
  ])('not in %j', (body) => {
    expect(factsOf(body)).not.toHaveProperty('usesServerTools')
  })
})
