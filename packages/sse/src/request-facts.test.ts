import { describe, expect, test } from 'vitest'
import { DIALECTS } from './dialects/table.ts'
import { readRequestFacts, type RequestFacts } from './request-facts.ts'

function factsOf(body: object): RequestFacts {
  return readRequestFacts(Buffer.from(JSON.stringify(body)))
}

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

/** The dialects that take a body for one that may be executed twice. */
function replayableIn(body: object): string[] {
  const facts = factsOf(body)
  return DIALECTS.filter((dialect) => dialect.isReplayable(facts)).map(({ id }) => id)
}

describe('isReplayable()', () => {
  test.each([
    [{ messages: [{ role: 'user', content: 'Hi' }] }, ['anthropic-messages', 'openai-chat']],
    [{ messages: [{}], store: false }, ['anthropic-messages', 'openai-chat']],
    [{ input: 'Hi', store: false }, ['openai-responses']],
    [{ contents: [{}] }, ['gemini']],
  ])('is true for a stateless call: %j in %j', (body, ids) => {
    expect(replayableIn(body)).toEqual(ids)
  })

  test.each([
    {},
    { model: 'm' },
    { input: 'Hi' },
    { input: 'Hi', store: true },
    { input: 'Hi', store: 'false' },
    { input: 'Hi', store: false, background: true },
    { input: 'Hi', store: false, conversation: 'conv_1' },
    { input: 'Hi', store: false, tools: [{ type: 'mcp' }] },
    { messages: [{}], container: 'c' },
    { messages: [{}], tools: [{ type: 'code_execution_20250825' }] },
    { messages: [{}], web_search_options: {} },
    { contents: [{}], tools: [{ urlContext: {} }] },
  ])('is false in every dialect for %j', (body) => {
    expect(replayableIn(body)).toEqual([])
  })

  const FUNCTIONS = [{ type: 'function', function: { name: 'f', parameters: {} } }]

  /** Bodies as these clients send them. */
  test.each<[string, string, object]>([
    [
      'anthropic-messages',
      'Claude Code',
      {
        model: 'claude',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] }],
        system: [{ type: 'text', text: 'You are.' }],
        tools: [{ name: 'Bash', description: 'Runs', input_schema: { type: 'object' } }],
        metadata: { user_id: 'u' },
        max_tokens: 32_000,
        thinking: { type: 'adaptive' },
        context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
        output_config: { effort: 'high' },
        speed: 'fast',
        stream: true,
      },
    ],
    [
      'openai-responses',
      'Codex',
      {
        model: 'gpt',
        instructions: 'You are.',
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
        tools: [
          { type: 'function', name: 'shell', parameters: {} },
          { type: 'custom', name: 'apply_patch' },
        ],
        tool_choice: 'auto',
        parallel_tool_calls: false,
        reasoning: { effort: 'medium', summary: 'auto' },
        store: false,
        stream: true,
        include: ['reasoning.encrypted_content'],
        service_tier: 'priority',
        prompt_cache_key: 'key',
        text: { verbosity: 'low' },
        client_metadata: { installation: 'i' },
      },
    ],
    [
      'openai-chat',
      'the SDK of OpenAI',
      {
        model: 'gpt',
        messages: [{ role: 'user', content: 'Hi' }],
        tools: FUNCTIONS,
        stream: true,
        stream_options: { include_usage: true },
        response_format: { type: 'json_schema', json_schema: {} },
        reasoning_effort: 'low',
        max_completion_tokens: 9,
        prompt_cache_key: 'k',
        safety_identifier: 'u',
        seed: 1,
      },
    ],
    [
      'gemini',
      'the SDK of Google',
      {
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
        systemInstruction: { parts: [{ text: 'You are.' }] },
        generationConfig: { temperature: 1, thinkingConfig: { thinkingBudget: 9 } },
        safetySettings: [{ category: 'HARM', threshold: 'NONE' }],
        tools: [{ functionDeclarations: [{ name: 'f' }] }],
        toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
        labels: { team: 't' },
      },
    ],
    [
      'openai-chat',
      'OpenRouter',
      {
        model: 'a/b',
        models: ['a/b', 'c/d'],
        messages: [{}],
        provider: { order: ['x'] },
        route: 'fallback',
        transforms: ['middle-out'],
        reasoning: { effort: 'high' },
        usage: { include: true },
        min_p: 0.1,
        top_a: 0.2,
        repetition_penalty: 1.1,
      },
    ],
    [
      'openai-chat',
      'vLLM',
      {
        model: 'm',
        messages: [{}],
        top_k: 40,
        min_p: 0.1,
        guided_json: {},
        chat_template_kwargs: { enable_thinking: false },
        stop_token_ids: [1],
        skip_special_tokens: true,
        ignore_eos: true,
        priority: 1,
      },
    ],
    [
      'openai-chat',
      'llama.cpp',
      { messages: [{}], cache_prompt: true, n_predict: 9, mirostat: 2, grammar: 'root', repeat_penalty: 1.1 },
    ],
    ['openai-chat', 'Ollama', { messages: [{}], keep_alive: '5m', think: true, options: { num_ctx: 4096 } }],
    ['openai-chat', 'Mistral', { messages: [{}], random_seed: 1, safe_prompt: true, prompt_mode: 'reasoning' }],
    ['openai-chat', 'Qwen', { messages: [{}], enable_thinking: true, thinking_budget: 9, top_k: 20 }],
  ])('is true in %s for what is ordinary with %s', (id, _client, body) => {
    expect(replayableIn(body)).toContain(id)
  })

  test.each([
    { messages: [{}], deferred: true },
    { messages: [{}], compound_custom: { tools: { enabled_tools: ['web_search'] } } },
    { messages: [{}], tool_ids: ['server:mcp'] },
    { messages: [{}], chat_id: 'x' },
    { messages: [{}], agent_id: 'x' },
    { messages: [{}], assistant_id: 'x' },
    { messages: [{}], webhook: 'https://example.com' },
    { messages: [{}], preset: 'p' },
    { messages: [{}], request_id: 'r' },
    { messages: [{}], id_slot: 1 },
    { messages: [{}], requests: [{}] },
    { messages: [{}], input: 'Hi' },
    JSON.parse('{"messages":[{}],"__proto__":{"tools":[{"type":"mcp"}]}}') as object,
    JSON.parse('{"messages":[{}],"toString":1}') as object,
    { input: 'Hi', store: false, webhook_url: 'https://example.com' },
    { input: 'Hi', store: false, batch: 1 },
    { contents: [{}], store: true },
    { contents: [{}], system: 'of another API' },
  ])('is false in every dialect for a field that may be a state or an act: %j', (body) => {
    expect(replayableIn(body)).toEqual([])
  })

  test('is false for a chat that is to be stored', () => {
    expect(replayableIn({ messages: [{}], store: true })).toEqual(['anthropic-messages'])
  })

  test('is false where the body was not read', () => {
    expect(DIALECTS.filter((dialect) => dialect.isReplayable({}))).toEqual([])
  })
})
