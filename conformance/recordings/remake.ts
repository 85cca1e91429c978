import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Trace } from '@stopbit/traces'
import {
  headOf,
  judgeRecording,
  redactRecording,
  scanTrace,
  writeDraft,
  type AnswerPart,
  type Recording,
} from '@stopbit/recorder'
import { Kit } from './kit.ts'
import type { Recipe } from './recipe.ts'

const REVIEWERS = ['Stopbit maintainers']
const LONGEST_MS = 60_000

/** What must be the same each time that a recipe is played. */
export interface KindOfFailure {
  readonly status: unknown
  readonly end: unknown
  readonly framing: unknown
  readonly bodyBytes: unknown
  readonly family: string
  readonly outcome: readonly string[]
}

/** Plays a recipe and writes what was recorded as its trace. Rejects when nothing failed, or when it takes more than a minute. */
export async function remake(recipe: Recipe, date: string): Promise<Trace> {
  const kit = new Kit(recipe.dialect)
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => deadline.reject(new Error('took more than a minute')), LONGEST_MS)
  try {
    await Promise.race([recipe.play(kit), deadline.promise])
    const failed = kit.recordings.find((recording) => judgeRecording(recording, 0).kind === 'failed')
    if (failed === undefined) throw new Error('no exchange failed')
    return await toTrace(recipe, failed, date)
  } finally {
    clearTimeout(timer)
    await kit.close()
  }
}

/** What the committed trace and a new one are compared by. Reads and times may differ. */
export function kindOf({ provenance, family, expect }: Trace): KindOfFailure {
  const { status, end, framing, bodyBytes } = provenance.observed ?? {}
  return { status, end, framing, bodyBytes, family, outcome: expect.outcome }
}

async function toTrace(recipe: Recipe, recording: Recording, date: string): Promise<Trace> {
  const id = `recorded/${recipe.slug}`
  const draft = await writeDraft(redactRecording(recording, true), { id, date, bodiesKept: true })
  if (draft === undefined) throw new Error('there is no draft of what failed')
  const { redaction, ...provenance } = draft.provenance
  const version = await versionOf(recipe)
  const trace: Trace = {
    $schema: '../../../packages/traces/trace.schema.json',
    ...draft,
    title: recipe.title,
    provenance: {
      ...provenance,
      sources: [
        `conformance/recordings/recipes/${recipe.slug}.ts, ${date}: ${recipe.source.replace('{version}', version)}`,
      ],
      observed: {
        ...provenance.observed,
        framing: framingOf(recording.answer),
        content: 'scripted; what is recorded is how the server fails, and every byte and pause of that',
      },
      ...(redaction !== undefined && { redaction: { ...redaction, reviewedBy: REVIEWERS } }),
    },
  }
  const secrets = scanTrace(trace)
  if (secrets.length > 0) throw new Error(`looks like a secret: ${secrets.join(', ')}`)
  return trace
}

function framingOf(answer: readonly AnswerPart[]): string {
  const lines = headOf(answer)?.lines
  if (lines === undefined) return 'none'
  const last = answer.at(-1)
  if (lines.some((line) => /^transfer-encoding:.*chunked/i.test(line)))
    return last?.kind === 'last-chunk' ? 'chunked, whole' : 'chunked, cut'
  return lines.some((line) => /^content-length:/i.test(line)) ? 'by length' : 'by the end of the connection'
}

async function versionOf({ version: [command, ...args] }: Recipe): Promise<string> {
  const path =
    command === 'bun' ? new URL('../../apps/targets/node_modules/.bin/bun', import.meta.url).pathname : command
  const { stdout, stderr } = await promisify(execFile)(path, args)
  const line = (stdout.trim() || stderr.trim()).split('\n')[0] ?? ''
  // The name and the number; what a distribution or a build adds makes no difference here.
  return line.replace(/^nginx version: /, '').replace(/ (?:- |\d{4}\/|h1:|\().*$/, '')
}
