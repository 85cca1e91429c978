import { STREAMS, type Cut, type DialectId } from './streams.ts'

/** What happens to a stream, with what a client has to make of it. */
export const CASES = {
  healthy: 'the whole text and the whole tool call',
  'mid-text': 'cut by a reset: a typed error in our words, and the text so far',
  'mid-tool': 'cut by a FIN in the arguments: a typed error in our words, and the tool call is never complete',
  'open-tool': 'cut by a FIN behind whole arguments: a typed error in our words, and the tool call is never complete',
  stalled: 'ended by the idle clock: a typed error in our words, and the text so far',
  refused: 'a status and our words, before anything else',
} as const

export type CaseName = keyof typeof CASES
export const CASE_NAMES = Object.keys(CASES) as readonly CaseName[]

/** The cases that a stream of this dialect can come to. */
export function casesOf(dialect: DialectId): readonly CaseName[] {
  return CASE_NAMES.filter((name) => name !== 'open-tool' || STREAMS[dialect].openTool !== undefined)
}

/** The idle clock of every adapter under test. Long enough for a loaded machine to hand a chunk on. */
export const IDLE_TIMEOUT_MS = 3_000

/** One read of one client. The upstream knows it by the name of the model that is asked for. */
export interface CellId {
  readonly clientId: string
  readonly dialect: DialectId
  readonly case: CaseName
}

export function modelOf({ clientId, case: name }: Pick<CellId, 'clientId' | 'case'>): string {
  return `cell.${clientId}.${name}`
}

/** Finds the model in a request: in the path of Gemini, in the body of the others. */
export function findModel(request: string): string | undefined {
  return /\bcell\.[a-z-]+\.[a-z-]+/.exec(request)?.[0]
}

/** Where the stream of a case stops, if it does. */
export function cutOf({ dialect, case: name }: Pick<CellId, 'dialect' | 'case'>): Cut | undefined {
  switch (name) {
    case 'mid-text':
    case 'stalled':
      return STREAMS[dialect].midText
    case 'mid-tool':
      return STREAMS[dialect].midTool
    case 'open-tool':
      return STREAMS[dialect].openTool
    case 'healthy':
    case 'refused':
      return undefined
    default:
      return name satisfies never
  }
}
