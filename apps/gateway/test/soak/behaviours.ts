import { CUTS } from './behaviours-cut.ts'
import { UPLOADS } from './behaviours-upload.ts'
import { WHOLES } from './behaviours-whole.ts'
import type { Turn } from './turn.ts'

/** What an upstream does with one request. It has to end by itself, or when the gateway closes. */
export type Behaviour = (turn: Turn) => Promise<void>

/** Every behaviour, with how often it is chosen. */
export const BEHAVIOURS = { ...WHOLES, ...CUTS, ...UPLOADS }
export type BehaviourName = keyof typeof BEHAVIOURS

export const BEHAVIOUR_WEIGHTS = Object.fromEntries(
  Object.entries(BEHAVIOURS).map(([name, { weight }]) => [name, weight]),
) as Readonly<Record<BehaviourName, number>>

/** Those that need a request which is still on its way when they begin. */
export const UPLOAD_BEHAVIOURS: ReadonlySet<string> = new Set(Object.keys(UPLOADS))
