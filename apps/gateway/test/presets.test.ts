import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PRESET_TABLE, renderSnippet, SNIPPET_NAMES } from '@stopbit/server-presets'
import { describe, expect, test } from 'vitest'
import { readGatewayOptions } from '../src/gateway-options.ts'
import { startGatewayProcess } from './operator/gateway-process.ts'
import { chunk, EVENTS, startRawUpstream, STREAM_HEAD } from './raw-upstream.ts'
import { MESSAGES_REQUEST } from './test-gateway.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

async function stopbit(...args: string[]): Promise<string> {
  const all = ['--conditions=@stopbit/source', MAIN, 'presets', ...args]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, all)
  expect(stderr).toBe('')
  return stdout
}

describe('stopbit presets', () => {
  test('lists every front in a line of its own', async () => {
    const lines = (await stopbit()).trimEnd().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(SNIPPET_NAMES)
    for (const line of lines) expect(line).toMatch(/^\S+ +\S.{10}/)
  })

  test('NAME prints the snippet and nothing else', async () => {
    expect(await stopbit('nginx')).toBe(renderSnippet('nginx'))
  })

  test('NAME --json prints the numbers with their sources', async () => {
    const shown = JSON.parse(await stopbit('gcp-lb', '--json')) as Record<string, unknown>
    expect(shown['keepAliveTimeout']).toEqual(PRESET_TABLE['gcp-lb'].keepAliveTimeout)
    expect(shown['requestTimeout']).toMatchObject({ value: 300_000 })
  })

  test('a front that there is not is wrong usage', async () => {
    await expect(stopbit('apache')).rejects.toMatchObject({ code: 2 })
  })
})

test('the readiness probe of the Kubernetes manifest succeeds while the gateway is ready, and fails while it drains', async () => {
  const [, script = ''] = /command: \[node, -e, "(.*)"\]/.exec(renderSnippet('kubernetes')) ?? []
  const upstream = await startRawUpstream(async ({ socket, readRequest }) => {
    await readRequest()
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 4).join('')).toString())
  })
  const gateway = await startGatewayProcess(upstream.url, { drainDeadlineMs: '8000' })
  const probe = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, ['-e', script.replace('http://127.0.0.1:4142/', gateway.admin ?? '')])
  expect(script).toContain('http://127.0.0.1:4142/readyz')
  await fetch(`${gateway.url}/v1/messages`, MESSAGES_REQUEST) // a stream that goes on holds the drain
  await probe()
  void gateway.stop()
  await gateway.logged(({ msg }) => msg === 'stopping')
  await expect(probe()).rejects.toMatchObject({ code: 1 })
})

describe('serverPreset', () => {
  const read = (flags: Readonly<Record<string, string>>): ReturnType<typeof readGatewayOptions> =>
    readGatewayOptions({ flags: { upstreamUrl: 'http://127.0.0.1:1', ...flags }, environment: {} })

  test('is loopback unless it is given', () => {
    expect(read({})).toMatchObject({
      listener: { keepAliveTimeout: 600_000 },
      drainDelayMs: 0,
      drainDeadlineMs: 25_000,
      exchange: { earlyCommitMs: undefined },
    })
  })

  test('sets both sides of a front, and kubernetes on top of it how the gateway stops', () => {
    expect(read({ serverPreset: 'heroku, kubernetes' })).toMatchObject({
      listener: { keepAliveTimeout: 95_000, frontIdleMs: 90_000 },
      drainDelayMs: 10_000,
      drainDeadlineMs: 25_000,
      exchange: { earlyCommitMs: 25_000 },
    })
  })

  test('gives way to options of their own', () => {
    const flags = { listenerKeepaliveMs: '120000', drainDelayMs: 'off', drainDeadlineMs: '9000', earlyCommitMs: 'off' }
    expect(read({ serverPreset: 'heroku,kubernetes', ...flags })).toMatchObject({
      listener: { keepAliveTimeout: 120_000 },
      drainDelayMs: 0,
      drainDeadlineMs: 9_000,
      exchange: { earlyCommitMs: 'off' },
    })
  })

  test.each([
    [{ serverPreset: 'apache' }, 'Cannot use serverPreset: must be one of loopback, nginx'],
    [{ serverPreset: 'nginx,heroku' }, 'Cannot use serverPreset: must be one of'],
    [
      { serverPreset: 'aws-alb', listenerKeepaliveMs: '60000' },
      'Cannot use listenerKeepaliveMs: must be longer than the 60000 ms for which the front keeps idle connections, or 0: else requests are lost, got 60000',
    ],
    [
      { serverPreset: 'kubernetes', drainDeadlineMs: '10000' },
      'Cannot use drainDelayMs: must be shorter than drainDeadlineMs of 10000',
    ],
  ])('%o is refused with a sentence', (flags, sentence) => {
    expect(() => read(flags)).toThrow(sentence)
  })
})
