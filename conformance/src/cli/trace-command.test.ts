import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatTrace } from '@stopbit/traces'
import { afterAll, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const EXAMPLE = fileURLToPath(new URL('../../traces/anthropic/rst-before-head.trace.json', import.meta.url))

// Of all tests: they run at the same time, and one that ends must not take the folder of another along.
const ALL = mkdtempSync(join(tmpdir(), 'stopbit-trace-'))
afterAll(() => rmSync(ALL, { recursive: true }))

type Json = Record<string, unknown>

async function trace(...args: string[]): Promise<{ code: number; output: string }> {
  return await new Promise((resolve) => {
    const all = ['--conditions=@stopbit/source', MAIN, 'trace', ...args]
    execFile(process.execPath, all, { timeout: 90_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

/** A copy of a sound trace in a folder of its own, outside of the suite, with one change. */
function copyWith(change: Json): string {
  const folder = mkdtempSync(join(ALL, 'copy-'))
  mkdirSync(join(folder, 'mine'))
  const file = join(folder, 'mine', 'copy.trace.json')
  const original = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Json
  writeFileSync(file, formatTrace({ ...original, id: 'mine/copy', ...change }))
  return file
}

const START = { do: 'read-request' }
const HEAD = { do: 'send', as: 'head', lines: ['HTTP/1.1 200 OK', 'transfer-encoding: chunked'] }
const RESET = { do: 'rst', fault: true }

function script(...steps: Json[]): Json {
  return { upstream: { connections: [{ script: [START, ...steps] }] } }
}

test.concurrent('trace lint takes a sound trace from any folder', { timeout: 60_000 }, async () => {
  expect(await trace('lint', copyWith({}))).toEqual({ code: 0, output: '1 traces, 0 problems\n' })
})

test.concurrent.each([
  ['a bad field', { famly: 'x' }, 'famly'],
  ['an unknown step', script({ do: 'explode' }), 'upstream.connections[0].script[1]'],
  [
    'a wrong check sum',
    {
      ...script(HEAD, { do: 'send', as: 'chunk', text: 'abc' }, RESET),
      check: { bodyBytes: 4, bodySha256_16: '0000000000000000' },
    },
    'check.bodyBytes: is 4, the script sends 3',
  ],
  ['two clocks too close', script(HEAD, { do: 'wait', ms: 30_000 }, RESET), 'clocks: upstream silence'],
  [
    'a recorded trace without a reviewer',
    { provenance: { kind: 'recorded', sources: ['a log'] } },
    'provenance.redaction.reviewedBy: a recorded trace names its reviewer',
  ],
])('trace lint refuses %s, with file, place and rule', { timeout: 60_000 }, async (_, change, rule) => {
  const file = copyWith(change)
  const { code, output } = await trace('lint', file)
  expect(code).toBe(1)
  expect(output).toContain(file)
  expect(output).toContain(rule)
})

test('trace try refuses a trace that kills no mutant, for it shows nothing', { timeout: 100_000 }, async () => {
  const quiet = { expect: { outcome: ['error-status'], must: ['HONEST-1'] } }
  const { code, output } = await trace('try', copyWith(quiet), '--jobs', '8')
  expect(output).toContain('kills none of')
  expect(code).toBe(1)
})
