import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

async function runDemo(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, ['--conditions=@stopbit/source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const out = text(child.stdout)
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, out: await out }
}

test(
  'the demo shows a raw error without Stopbit and a true end with it, in under 10 s',
  { timeout: 10_000 },
  async () => {
    const { code, out } = await runDemo([])
    const [left, right] = columnsOf(out)
    expect(left).toContain('TypeError: terminated')
    expect(right).toContain(
      'APIError (api_error): The connection to the model API was lost before the response was complete.',
    )
    for (const column of [left, right]) expect(column).toContain('» Reading the » proxy source now » , then I will')
    expect(out).toMatch(/\nYes: without Stopbit .* a raw error of its runtime; with it .* the API's own error.*\.\n$/)
    expect(out).not.toContain('\u001b')
    expect(code).toBe(0)
  },
)

test('with its sides swapped the demo says the opposite and exits with 1', { timeout: 10_000 }, async () => {
  const { code, out } = await runDemo(['--swap'])
  const [left, right] = columnsOf(out)
  expect(left).toContain('APIError (api_error)')
  expect(right).toContain('TypeError: terminated')
  expect(out).toMatch(/\nNo: without Stopbit .* the API's own error.*; with it .* a raw error of its runtime\.\n$/)
  expect(code).toBe(1)
})

/** What stands in each of the two columns, as running text. */
function columnsOf(out: string): [string, string] {
  const rows = out
    .split('\n')
    .filter((row) => row.includes(' │'))
    .map((row) => row.split('│'))
  return [0, 1].map((at) =>
    rows
      .map((row) => row[at]?.trim())
      .filter((cell) => cell !== '')
      .join(' '),
  ) as [string, string]
}
