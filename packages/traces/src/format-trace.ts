const WIDTH = 120

/**
 * A trace as text, as it lies in the repository: a step or an event per line, however long, and what fits on a line on one. Ends with
 * a line end. `trace` is a trace or its JSON; the order of the keys stays.
 */
export function formatTrace(trace: object): string {
  return `${formatValue(trace, '')}\n`
}

function formatValue(value: unknown, indent: string): string {
  const line = formatLine(value)
  if (indent.length + line.length < WIDTH || typeof value !== 'object' || value === null || staysOnLine(value))
    return line
  if ('sse' in value && Array.isArray(value.sse)) return formatEvents(value, value.sse, indent)
  const inner = `${indent}  `
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const items = Array.isArray(value)
    ? value.map((item) => inner + formatValue(item, inner))
    : Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${formatValue(item, inner)}`)
  return `${open}\n${items.join(',\n')}\n${indent}${close}`
}

/** What is read as one thing: bytes that are sent, and an event. */
function staysOnLine(value: object): boolean {
  if ('do' in value) return 'text' in value || 'base64' in value || 'lines' in value
  return 'data' in value
}

function formatEvents(step: object, events: readonly unknown[], indent: string): string {
  const rest = Object.entries(step).filter(([key]) => key !== 'sse')
  const fields = rest.map(([key, item]) => `${JSON.stringify(key)}: ${formatLine(item)}`)
  const lines = events.map((event) => `${indent}  ${formatLine(event)}`)
  return `{ ${fields.join(', ')}, "sse": [\n${lines.join(',\n')}\n${indent}] }`
}

function formatLine(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(formatLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${formatLine(item)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}
