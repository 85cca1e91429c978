import type { Estimate } from './statistics.ts'

/** Three digits that mean something. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  if (Math.abs(value) >= 100) return value.toFixed(0)
  if (Math.abs(value) >= 10) return value.toFixed(1)
  return value.toFixed(2)
}

/** A ratio with its interval, if there is more than one round. */
export function ratio(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '–'
  const { median, low, high, count } = estimate
  return count === 1 ? `${median.toFixed(2)} ×` : `${median.toFixed(2)} × (${low.toFixed(2)} to ${high.toFixed(2)})`
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const alignment = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
