import { readCases, type Environment } from './read-case.ts'

console.log(`RESULTS ${JSON.stringify(await readCases(process.env as unknown as Environment))}`)
