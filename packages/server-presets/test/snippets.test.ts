import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DRAIN_PRESETS, PRESET_TABLE, renderSnippet, SNIPPET_NAMES } from '../src/index.ts'

/** Has the program itself check a configuration. */
function check(program: string, args: (file: string, folder: string) => string[], text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-snippet-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'snippet.conf')
  writeFileSync(file, text)
  const environment = { ...process.env, HOME: folder, PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` }
  const { status, stdout, stderr, error } = spawnSync(program, args(file, folder), {
    env: environment,
    encoding: 'utf8',
  })
  if (error !== undefined) throw new Error(`${program} is not installed: apt-get install ${program}`)
  return status === 0 ? 'valid' : `${stdout}${stderr}`
}

test('nginx takes its snippet', () => {
  const text = `pid /dev/null;\nevents {}\nhttp {\n${renderSnippet('nginx')}}\n`
  expect(check('nginx', (file, folder) => ['-t', '-q', '-p', folder, '-e', 'stderr', '-c', file], text)).toBe('valid')
})

test('HAProxy takes its snippet', () => {
  expect(check('haproxy', (file) => ['-c', '-f', file], `global\n    maxconn 100\n\n${renderSnippet('haproxy')}`)).toBe(
    'valid',
  )
})

test('Caddy takes its snippet', { timeout: 30_000 }, () => {
  const args = (file: string): string[] => ['validate', '--adapter', 'caddyfile', '--config', file]
  expect(check('caddy', args, renderSnippet('caddy'))).toBe('valid')
})

test.each(['nginx', 'haproxy', 'caddy', 'envoy'] as const)(
  '%s closes idle connections before the server does',
  (name) => {
    const { frontIdle, keepAliveTimeout } = PRESET_TABLE.nginx
    const text = renderSnippet(name)
    expect(text).toContain(`for ${keepAliveTimeout.value / 1_000}s`)
    const setting = {
      nginx: 'keepalive_timeout',
      haproxy: 'pool-purge-delay',
      caddy: 'keepalive',
      envoy: '{ idle_timeout:',
    }
    const seconds = name === 'haproxy' ? frontIdle.value / 12_000 : frontIdle.value / 1_000
    expect(text).toMatch(new RegExp(`${setting[name]} ${seconds}s`))
  },
)

test('kubernetes gives the gateway longer than its own deadline', () => {
  const text = renderSnippet('kubernetes')
  const grace = Number(/terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1])
  expect(grace * 1_000).toBeGreaterThan(DRAIN_PRESETS.kubernetes.drainDeadlineMs.value + 2_000)
})

test('kubernetes asks for readiness often enough to know of its loss within the delay', () => {
  const [period = 0, timeout = 0] = ['periodSeconds', 'timeoutSeconds'].map((name) =>
    Number(new RegExp(`${name}: (\\d+)`).exec(renderSnippet('kubernetes'))?.[1]),
  )
  expect((period + timeout) * 1_000).toBeLessThan(DRAIN_PRESETS.kubernetes.drainDelayMs.value)
})

test.each(SNIPPET_NAMES)('%s has a snippet, which says who closes first or how it is stopped', (name) => {
  expect(renderSnippet(name)).toMatch(/closes first|Nothing is in front|after SIGTERM/)
})
