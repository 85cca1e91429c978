import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describeFirstIssue, expandTrace, type Trace } from '@stopbit/traces'
import { z } from 'zod'

/** What plays one permutation again, as it was played. */
export interface Replay {
  readonly schema: 1
  /** The target's manifest, from the folder of this file. */
  readonly target: string
  /** Id of the permutation. */
  readonly trace: string
  readonly scale: number
  readonly repeat: number
  readonly timeoutMultiplier: number
}

const replaySchema: z.ZodType<Replay> = z.strictObject({
  schema: z.literal(1),
  target: z.string().min(1),
  trace: z.string().min(1),
  scale: z.number().positive(),
  repeat: z.int().positive(),
  timeoutMultiplier: z.number().positive(),
})

/** `anthropic/cut/ending:rst` → `anthropic-cut-ending-rst.replay.json` */
export function replayFileName(trace: string): string {
  return `${trace.replaceAll(/[^\w.-]+/g, '-')}.replay.json`
}

/** Writes a replay into a folder. `target` is a path of this process. */
export function writeReplay(folder: string, { target, ...replay }: Omit<Replay, 'schema'>): void {
  const own: Replay = { schema: 1, target: relative(folder, resolve(target)).replaceAll('\\', '/'), ...replay }
  writeFileSync(join(folder, replayFileName(replay.trace)), `${JSON.stringify(own, null, 2)}\n`)
}

/** Reads a replay; its `target` is then a path of this process. Throws a `RangeError`. */
export function readReplay(file: string): Replay {
  let document: unknown
  try {
    document = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new RangeError(`${file}: cannot be read as JSON`, { cause: error })
  }
  const result = replaySchema.safeParse(document)
  if (!result.success) throw new RangeError(`${file}: ${describeFirstIssue(result.error, document)}`)
  return { ...result.data, target: join(dirname(file), result.data.target) }
}

/** The trace of a permutation, without its other permutations. All cuts of a trace are one. Throws a `RangeError` for an unknown id. */
export function traceOfPermutation(id: string, traces: readonly Trace[]): Trace {
  const trace = traces.find((one) => one.id === id || expandTrace(one).some((each) => each.trace.id === id))
  if (trace === undefined) throw new RangeError(`Cannot replay ${id}: there is no such trace`)
  const { variants } = trace
  if (variants === undefined || trace.id === id) return trace
  const values = Object.entries(variants.values).filter(([value]) => id.endsWith(`/${variants.param}:${value}`))
  return { ...trace, variants: { ...variants, values: Object.fromEntries(values) } }
}
