import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { badge } from './badge.ts'
import { htmlReport } from './html/html-report.ts'
import { junitXml } from './junit.ts'
import { writeReplay } from './replay.ts'
import type { Report, ReportTrace } from './report.ts'
import { summaryMarkdown } from './summary-markdown.ts'

/** What replays need beside the report. */
export interface ReplayContext {
  /** Path of the target's manifest. */
  readonly manifestFile: string
  readonly timeoutMultiplier: number
}

/** Writes all reports of a run into a folder, which is made. Those of an earlier run go; other files in it stay. */
export function writeReports(folder: string, report: Report, { manifestFile, timeoutMultiplier }: ReplayContext): void {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('report.json', `${JSON.stringify(withoutGreenTimelines(report), null, 2)}\n`)
  write('junit.xml', junitXml(report))
  write('summary.md', summaryMarkdown(report))
  write('report.html', htmlReport(report))
  write('badge.json', `${JSON.stringify(badge(report.claim), null, 2)}\n`)
  for (const old of globSync('*.replay.json', { cwd: folder })) rmSync(join(folder, old))
  const { scale, repeat } = report
  for (const { trace } of report.traces.filter(isOff))
    writeReplay(folder, { target: manifestFile, trace, scale, repeat, timeoutMultiplier })
}

/** For the file: a timeline is kept where somebody will look for it. */
export function withoutGreenTimelines(report: Report): Report {
  const traces = report.traces.map((trace) => {
    if (isOff(trace)) return trace
    const { timeline: _timeline, ...rest } = trace
    return rest
  })
  return { ...report, traces }
}

/** Whether a trace is neither green nor skipped. */
function isOff({ state }: ReportTrace): boolean {
  return state === 'red' || state === 'inconclusive'
}
