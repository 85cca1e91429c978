type Body = Readonly<Record<string, unknown>>

/** Fields that bring tools of the upstream, or may bring them, without an entry in `tools`. */
const SERVER_TOOL_FIELDS = [
  'cachedContent', // may hold tools of its own
  'cached_content',
  'container',
  'data_sources', // Azure: the upstream searches them
  'enable_search', // Qwen
  'mcp_servers',
  'plugins', // OpenRouter
  'prompt', // Responses: a stored template with tools of its own
  'search_parameters', // xAI
  'web_search_options',
]

/**
 * Types of tools that the client runs. Source: the tool unions of `openai` 7.57 and `BetaClientToolUnion` of
 * `@anthropic-ai/sdk` 1.12. A `shell` or a `namespace` may be either side's, so it is not taken for the client's.
 */
const CLIENT_TOOL =
  /^(?:function|custom|local_shell|apply_patch|computer|computer_use_preview|(?:(?:computer|browser)(?:_toolset)?|bash|text_editor|memory)_\d{8})$/

const FUNCTION_FIELDS = new Set(['functionDeclarations', 'function_declarations'])

/**
 * Whether a request brings tools that the upstream runs, or tools of which that is not certain: a search, a sandbox, an MCP
 * server. Running such a request twice may do twice what they do.
 */
export function usesServerTools(body: Body): boolean {
  if (SERVER_TOOL_FIELDS.some((field) => isStated(body[field]))) return true
  const { tools, messages, input } = body
  if (isStated(tools) && !(Array.isArray(tools) && tools.every(isClientTool))) return true
  return [messages, input].some((prompt) => Array.isArray(prompt) && !prompt.flatMap(toolsIn).every(isClientTool))
}

/** Whether a field says anything: `null`, `false` and an empty list are as good as left out. */
export function isStated(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0)
}

/**
 * The tools that an item of a prompt adds to those of the request: `additional_tools` and `tool_search_output` of Responses,
 * `tool_addition` blocks of Messages, which a compaction keeps. Source: the same SDKs.
 */
function toolsIn(item: unknown): readonly unknown[] {
  if (!isObject(item)) return []
  const { tools, content } = item
  if (Array.isArray(tools)) return tools
  const blocks = Array.isArray(content) ? content.filter(isObject) : []
  const kept = blocks.flatMap(({ tool_changes: changes }) => (Array.isArray(changes) ? changes.filter(isObject) : []))
  return [...blocks, ...kept].flatMap(({ type, tool }) => {
    const isDefinition = type === 'tool_addition' && isObject(tool) && 'definition' in tool
    return isDefinition ? [tool['definition']] : []
  })
}

function isClientTool(tool: unknown): boolean {
  if (!isObject(tool)) return false
  const { type, name, input_schema: schema } = tool
  if (typeof type === 'string') return CLIENT_TOOL.test(type)
  if (isStated(type)) return false
  if (typeof name === 'string' && isObject(schema)) return true
  const fields = Object.keys(tool)
  return fields.length > 0 && fields.every((field) => FUNCTION_FIELDS.has(field))
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null
}
