import { runChecks, type CheckReport } from './run-checks.ts'
import { runTests, type TestFiles, type TestResult } from './run-tests.ts'

/** All that a runtime has to say. */
export interface RuntimeReport {
  readonly tests: readonly TestResult[]
  readonly checks: CheckReport
}

async function report(files: TestFiles): Promise<RuntimeReport> {
  return { tests: await runTests(files), checks: await runChecks() }
}

/** For a program: the report is the last line of its stdout. */
export async function printReport(files: TestFiles): Promise<void> {
  console.log(JSON.stringify(await report(files)))
}

/** For a worker: the report is what it answers. The tests run in a request, since a worker's start allows no waiting. */
export function serveReport(files: TestFiles): { fetch(): Promise<Response> } {
  return { fetch: async () => Response.json(await report(files)) }
}
