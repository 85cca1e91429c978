import { headOf, type DraftResult, type Recording } from '@stopbit/recorder'

/** What `stopbit record` tells while it runs. Nothing of what was asked or answered. */
export interface RecordLog {
  /** The line by which other programs know that the tap listens goes to stdout, like the gateway's. */
  ready(port: number, folder: string): void
  exchange(recording: Recording, result: DraftResult): void
  skipped(why: string): void
  failed(error: Error): void
}

/** Plain lines on stderr; or, as `json`, one object per line on stdout, with an `event`. */
export function createRecordLog(json: boolean): RecordLog {
  const say = (plain: string, object: Readonly<Record<string, unknown>>): void => {
    if (json) process.stdout.write(`${JSON.stringify(object)}\n`)
    else process.stderr.write(`${plain}\n`)
  }
  return {
    ready(port, folder) {
      say(`listening on port ${port}; drafts go to ${folder}`, { event: 'ready', port, folder })
      if (!json) process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port })}\n`)
    },
    exchange({ dialect, answer, end }, result) {
      const status = headOf(answer)?.status
      const facts = { dialect, status: status ?? null, end: end.kind, afterMs: Math.round(end.atMs) }
      const line = `${dialect} ${status ?? 'no answer'}, ended by ${end.kind} after ${facts.afterMs} ms`
      say(`${line}: ${describe(result)}`, { event: 'exchange', ...facts, ...toJson(result) })
    },
    skipped: (why) => say(`not recorded: ${why}`, { event: 'skipped', why }),
    failed: (error) => say(`cannot write a draft: ${error.message}`, { event: 'failed', message: error.message }),
  }
}

function describe(result: DraftResult): string {
  if (result.kind === 'written') return `draft ${result.file}`
  if (result.kind === 'healthy') return `no draft, ${result.why}`
  if (result.kind === 'full') return `no draft, the folder holds ${result.maxFiles}`
  return `draft withheld, for what looks like a secret (${result.rules.join(', ')})`
}

function toJson(result: DraftResult): object {
  const { kind } = result
  return kind === 'written'
    ? { result: kind, file: result.file, title: result.trace.title }
    : { ...result, result: kind, kind: undefined }
}
