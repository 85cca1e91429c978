import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkAdapters } from './check-adapters.ts'

const CLEAN = {
  'packages/node/src/handle-request.ts':
    "import { Exchange } from '@stopbit/exchange'\n// setTimeout and 502 in a comment\nexport const limit = 64 * 1024\n",
  'packages/exchange/src/exchange.ts': "import { createFinalizer } from '@stopbit/sse'\nexport const status = 502\n",
  'packages/node/src/handle-request.test.ts': 'setTimeout(() => undefined, 502)\n',
}

function check(more: Readonly<Record<string, string>> = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), 'stopbit-adapters-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, text] of Object.entries({ ...CLEAN, ...more })) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return checkAdapters(root, { ids: ['anthropic-messages', 'gemini'] })
}

test('checkAdapters() takes a clean tree, with all of it in comments, in tests and in the exchange', () => {
  expect(check()).toEqual([])
})

test.each([
  ['a timer', 'const a = 1\nsetTimeout(() => a, 5)\n', /^packages\/node\/src\/bad\.ts:2: an adapter holds no timer/],
  ['a timer by another way', "import { setTimeout as sleep } from 'node:timers/promises'\n", /node:timers\/promises/],
  ['a choice of a status', 'response.writeHead(ok ? 200 : 502)\n', /an adapter chooses no status: 502/],
  ["a dialect's name", "if (dialect.id === 'gemini') stop()\n", /an adapter knows no dialect: gemini/],
  ['a dialect itself', "import { anthropicMessages } from '@stopbit/sse'\n", /no dialect: anthropicMessages/],
  ['a finalizer', "import { createFinalizer } from '@stopbit/sse'\n", /only packages\/exchange drives a finalizer/],
])('checkAdapters() finds %s in an adapter', (_name, text, violation) => {
  expect(check({ 'packages/node/src/bad.ts': text }).join('\n')).toMatch(violation)
})

test('checkAdapters() finds a finalizer in an application too', () => {
  const text = "import { finalizeStream } from '@stopbit/sse'\n"
  expect(check({ 'apps/gateway/src/bad.ts': text })).toEqual([
    'apps/gateway/src/bad.ts:1: only packages/exchange drives a finalizer: finalizeStream',
  ])
})
