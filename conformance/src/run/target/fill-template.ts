const PLACEHOLDER = /\{\{([^{}]*)\}\}/g

/** Derived from `STOPBIT_UPSTREAM_URL`, for configurations that want its parts. */
const UPSTREAM_PARTS = ['STOPBIT_UPSTREAM_SCHEME', 'STOPBIT_UPSTREAM_HOST', 'STOPBIT_UPSTREAM_PORT']

/**
 * Fills `{{NAME}}` in a file of configuration. Names: the variables of the contract; durations also in seconds
 * (`{{STOPBIT_IDLE_TIMEOUT_S}}`, decimal); `{{STOPBIT_UPSTREAM_SCHEME}}`, `_HOST` and `_PORT`; `{{DIR}}`, the temporary folder.
 * What the target was not told is empty.
 */
export function fillTemplate(text: string, environment: Readonly<Record<string, string>>, dir: string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => valueOf(name.trim(), environment, dir))
}

/** The first placeholder that `fillTemplate` could not fill, as a rule; undefined when there is none. */
export function findUnknownPlaceholder(text: string, environment: readonly string[]): string | undefined {
  for (const [index, line] of text.split('\n').entries()) {
    for (const [, written = ''] of line.matchAll(PLACEHOLDER)) {
      const name = written.trim()
      const source = UPSTREAM_PARTS.includes(name) ? 'STOPBIT_UPSTREAM_URL' : name.replace(/_S$/, '_MS')
      if (name === 'DIR' || environment.includes(source)) continue
      return `line ${index + 1}: {{${name}}} is no variable that "environment" lists`
    }
  }
  return undefined
}

function valueOf(name: string, environment: Readonly<Record<string, string>>, dir: string): string {
  const url = environment['STOPBIT_UPSTREAM_URL'] ?? ''
  const upstream = URL.canParse(url) ? new URL(url) : undefined
  if (name === 'DIR') return dir
  if (name === 'STOPBIT_UPSTREAM_SCHEME') return upstream?.protocol.replace(':', '') ?? ''
  if (name === 'STOPBIT_UPSTREAM_HOST') return upstream?.hostname ?? ''
  if (name === 'STOPBIT_UPSTREAM_PORT') return upstream?.port ?? ''
  if (name.endsWith('_S')) return String(Number(environment[name.replace(/_S$/, '_MS')] ?? '') / 1_000)
  return environment[name] ?? ''
}
