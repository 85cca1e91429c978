import type { Claim } from './report.ts'

const COLOURS = { green: 'brightgreen', yellow: 'yellow', red: 'red', grey: 'lightgrey' } as const

/** The JSON of an endpoint badge (shields.io/badges/endpoint-badge). */
export function badge({ message, colour }: Claim): object {
  return { schemaVersion: 1, label: 'stopbit', message, color: COLOURS[colour] }
}
