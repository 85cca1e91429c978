import { runChecks } from './run-checks.ts'

console.log(JSON.stringify(await runChecks())) // the report is all that this program is for
