import { describe, expect, test } from 'vitest'
import { factsOf } from '../../test/facts-of.ts'
import { DIALECTS } from './table.ts'

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
