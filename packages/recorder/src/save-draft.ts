import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatTrace, type Trace } from '@stopbit/traces'
import { writeDraft } from './draft/write-draft.ts'
import { judgeRecording } from './judge-recording.ts'
import type { Recording } from './recording.ts'
import { redactRecording } from './redact/redact-recording.ts'
import { scanForSecrets } from './redact/scan-secrets.ts'

/** What became of a recording. */
export type DraftResult =
  | { readonly kind: 'written'; readonly file: string; readonly trace: Trace }
  /** Nothing to learn from. */
  | { readonly kind: 'healthy'; readonly why: string }
  /** The scan found something that looks like a secret, by these rules. Nothing was written. */
  | { readonly kind: 'withheld'; readonly rules: readonly string[] }
  /** The folder holds `maxFiles` drafts already. Nothing was written. */
  | { readonly kind: 'full'; readonly maxFiles: number }

/** How drafts are made. */
export interface DrafterOptions {
  /** Drafts become `<folder>/recorded/<slug>.trace.json`; the folders are made. */
  readonly folder: string
  /** Whole exchanges, too, as traces tagged `control`. */
  readonly all?: boolean | undefined
  readonly stallMs?: number | undefined
  /** Most drafts in the folder, those of earlier runs with them: an outage must not fill a disk. Default: no bound. */
  readonly maxFiles?: number | undefined
}

const GROUP = 'recorded'

/** Of the process: no two drafts have one name. */
let count = 0

/** Makes a function that redacts, drafts, scans and only then writes. It rejects when the file cannot be written. */
export function createDrafter({
  folder,
  all,
  stallMs,
  maxFiles = Infinity,
}: DrafterOptions): (recording: Recording) => Promise<DraftResult> {
  let counted: Promise<number> | undefined
  let written = 0
  return async (recording) => {
    const finding = judgeRecording(recording, stallMs)
    if (finding.kind === 'client-left') return { kind: 'healthy', why: 'the client left' }
    if (finding.kind === 'whole' && all !== true) return { kind: 'healthy', why: 'whole' }
    if (recording.dialect === 'opaque')
      return { kind: 'healthy', why: 'failed, in a dialect that the suite does not know' }
    counted ??= countDrafts(join(folder, GROUP))
    if ((await counted) + written >= maxFiles) return { kind: 'full', maxFiles }
    written += 1
    count += 1
    const stamp = new Date()
      .toISOString()
      .replaceAll(/[-:]|\..*$/g, '')
      .toLowerCase()
    const id = `${GROUP}/${recording.dialect}-${stamp}-${process.pid}-${count}`
    const date = new Date().toISOString().slice(0, 10)
    const trace = await writeDraft(redactRecording(recording), { id, date, stallMs }, all)
    if (trace === undefined) return { kind: 'healthy', why: 'nothing to draft' }
    const rules = scanTrace(trace)
    if (rules.length > 0) return { kind: 'withheld', rules }
    const file = join(folder, `${id}.trace.json`)
    await mkdir(join(folder, GROUP), { recursive: true })
    await writeFile(file, formatTrace(trace), { flag: 'wx', mode: 0o600 })
    return { kind: 'written', file, trace }
  }
}

async function countDrafts(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith('.trace.json')).length
}

/** What in a trace looks like a secret, by rule: in its text as it is, and in what is in base64. */
export function scanTrace(trace: Trace): string[] {
  const decoded = trace.upstream.connections.flatMap(({ script }) =>
    script.flatMap((step) => ('base64' in step ? [Buffer.from(step.base64, 'base64').toString('latin1')] : [])),
  )
  const text = JSON.stringify(trace, (key, value: unknown) => (key === 'base64' || key === 'id' ? '' : value))
  return [...new Set([text, ...decoded].flatMap(scanForSecrets))]
}
