import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The raw errors of seven HTTP clients, one per failure, as they were measured in November 2026: `A ← B` is B as the
 * cause of A.
 */
const LINES = readFileSync(join(import.meta.dirname, 'dictionary.txt'), 'utf8')
  .trim()
  .split('\n')

/** An entry of the dictionary, as the error that the client raised. */
export interface DictionaryEntry {
  readonly id: string
  readonly error: Error
}

export const DICTIONARY: readonly DictionaryEntry[] = LINES.map((line) => {
  const [id = '', ...rest] = line.split(': ')
  return { id, error: toError(rest.join(': ').split(' ← ')) }
})

/** The error of an entry. */
export function errorOf(id: string): Error {
  const entry = DICTIONARY.find((known) => known.id === id)
  if (entry === undefined) throw new Error(`No entry ${id}`)
  return entry.error
}

function toError([outer = '', ...causes]: readonly string[]): Error {
  const [, name = '', code, message = ''] = /^(\w+) (?:`(\w+)` )?"(.*)"$/.exec(outer) ?? []
  const text = message.replaceAll('ADDR', '127.0.0.1:43210').replaceAll('xxxx', '40C7')
  const error = new Error(text, causes.length > 0 ? { cause: toError(causes) } : {})
  const syscall = syscallOf(message)
  return Object.assign(error, { name, ...(code !== undefined && { code }), ...(syscall !== undefined && { syscall }) })
}

/** Node puts the system call before the errno, and into a field. */
function syscallOf(message: string): string | undefined {
  return /^(read|write|connect|getaddrinfo) E[A-Z]+/.exec(message)?.[1]
}
