import type { CoverageRow, CoverageSection } from './row.ts'

/** How an upstream can go away in the middle of an answer. */
const ENDINGS = { param: 'ending', values: ['rst', 'fin', 'eof', 'stall'] } as const

/** The state machines of the dialects, state by state. Each is cut in four ways. */
export const STATES: readonly CoverageSection[] = [
  section('Anthropic Messages', 'anthropic', [
    ['IDLE: the 200 is in, no event', 'cut-before-first-event'],
    ['OPEN, no block', 'cut-after-message-start'],
    ['OPEN, only finished text', 'cut-between-blocks'],
    ['OPEN, a finished tool_use', 'cut-after-tool-use'],
    ['OPEN, a server_tool_use without its result', 'cut-awaiting-server-tool-result'],
    ['BLOCK text', 'cut-in-text'],
    ['BLOCK thinking, not signed', 'cut-in-thinking'],
    ['BLOCK thinking, signed', 'cut-in-signed-thinking'],
    ['BLOCK tool_use', 'cut-in-tool-use'],
    ['BLOCK tool_use behind a whole one', 'cut-in-parallel-tool-use'],
    ['BLOCK server_tool_use', 'cut-in-server-tool-use'],
    ['BLOCK mcp_tool_use', 'cut-in-mcp-tool-use'],
    ['BLOCK that is whole in its start', 'cut-in-whole-block'],
    ['BLOCK compaction', 'cut-in-compaction'],
    ['STOPPING', 'cut-after-stop-reason'],
    ['STOPPING for a tool', 'cut-after-tool-stop-reason'],
    ['DONE', 'cut-after-message-stop'],
    ['FAILED, in the middle', 'cut-after-error-event'],
    ['FAILED, as the first event', 'cut-after-first-error'],
  ]),
  section('OpenAI Chat Completions', 'openai-chat', [
    ['IDLE: the 200 is in, no chunk', 'cut-before-first-chunk'],
    ['role chunk only', 'cut-after-role-chunk'],
    ['an index unfinished, text', 'cut-in-text'],
    ['an index unfinished, refusal', 'cut-in-refusal'],
    ['an index unfinished, a tool call begun', 'cut-in-tool-call'],
    ['an index unfinished, a second tool call begun', 'cut-in-parallel-tool-call'],
    ['one of two indices finished', 'cut-after-one-of-two-choices'],
    ['all indices finished', 'cut-after-finish-reason'],
    ['all indices finished, for a tool', 'cut-after-tool-finish-reason'],
    ['all indices finished, usage seen', 'cut-after-usage'],
    ['DONE', 'cut-after-done'],
    ['FAILED, in the middle', 'cut-after-error-chunk'],
    ['FAILED, as the first chunk', 'cut-after-first-error'],
  ]),
  section('OpenAI Responses', 'openai-responses', [
    ['IDLE: the 200 is in, no event', 'cut-before-first-event'],
    ['ACTIVE, no item', 'cut-after-created'],
    ['ITEM, its part empty', 'cut-after-item-added'],
    ['PART, text', 'cut-in-text'],
    ['PART, reasoning summary', 'cut-in-reasoning'],
    ['ITEM, its part done', 'cut-after-part'],
    ['ITEM function_call, arguments begun', 'cut-in-arguments'],
    ['ITEM function_call, arguments done', 'cut-after-arguments'],
    ['ACTIVE, all items done', 'cut-after-items'],
    ['DONE: response.completed', 'cut-after-completed'],
    ['DONE: response.incomplete', 'cut-after-incomplete'],
    ['FAILED: response.failed', 'cut-after-failed'],
    ['FAILED: error', 'cut-after-error-event'],
    ['FAILED, before any text', 'cut-after-first-error'],
  ]),
  section('Gemini', 'gemini', [
    ['IDLE: the 200 is in, no chunk', 'cut-before-first-chunk'],
    ['STREAMING, text', 'cut-in-text'],
    ['STREAMING, thought', 'cut-in-thought'],
    ['STREAMING, a whole function call', 'cut-after-function-call'],
    ['STREAMING, a continuation token seen', 'cut-after-continuation-token'],
    ['one of two candidates finished', 'cut-after-one-of-two-candidates'],
    ['FINISHED', 'cut-after-finish-reason'],
    ['DONE: the prompt was blocked', 'cut-after-prompt-feedback'],
    ['FAILED, in the middle', 'cut-after-error'],
    ['FAILED, as the first event', 'cut-after-first-error'],
    ['array mode, STREAMING', 'array-in-text'],
    ['array mode, FINISHED', 'array-after-finish-reason'],
  ]),
]

function section(
  dialect: string,
  group: string,
  states: readonly (readonly [what: string, slug: string])[],
): CoverageSection {
  const rows = states.map(([what, slug]): CoverageRow => ({ what, traces: [`${group}/${slug}`] }))
  return {
    title: `States of ${dialect}`,
    about:
      'In which state of its state machine the answer is cut; each by RST, FIN, a clean end of the framing, and a stall.',
    inEach: ENDINGS,
    rows,
  }
}
