import type { ErrorText } from './error-text.ts'

/** Rows that stand for the same kinds at the same places, together, in the order in which the first of each comes. */
export function groupTexts(texts: readonly ErrorText[]): readonly (readonly ErrorText[])[] {
  const groups = Map.groupBy(texts, ({ before, body, otherwise = [] }) => [before, body, ...otherwise].join(' '))
  return [...groups.values()]
}
