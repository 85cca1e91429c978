import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { describe, expect, test } from 'vitest'
import { applyServerPreset, SERVER_PRESETS, type ServerPreset } from './apply-server-preset.ts'
import { DRAIN_PRESETS, PRESET_TABLE, SHARED_NUMBERS, type FrontPresetRow, type PresetRow } from './preset-table.ts'

test('loopback keeps idle connections for ten minutes and never cuts a silent one', () => {
  const server = createServer()
  applyServerPreset(server, 'loopback')
  expect(server).toMatchObject({
    keepAliveTimeout: 600_000,
    keepAliveTimeoutBuffer: 1_000,
    headersTimeout: 60_000,
    requestTimeout: 300_000,
    timeout: 0,
  })
})

test('a preset of numbers is set as it is, also on an https server', () => {
  const server = createHttpsServer()
  const numbers = {
    keepAliveTimeout: 75_000,
    keepAliveTimeoutBuffer: 0,
    headersTimeout: 10_000,
    requestTimeout: 20_000,
  }
  applyServerPreset(server, numbers)
  expect(server).toMatchObject(numbers)
})

test('a name that is no preset is refused with those that are', () => {
  expect(() => applyServerPreset(createServer(), 'apache' as 'nginx')).toThrow(
    'preset must be one of loopback, nginx, aws-alb, aws-nlb, gcp-lb, azure, cloudflare, cloudfront, heroku, oracle-lb, got "apache"',
  )
})

test.each<[name: string, wrong: Partial<ServerPreset>, sentence: string]>([
  [
    'an idle time as long as the front’s',
    { keepAliveTimeout: 60_000 },
    'keepAliveTimeout must be longer than the 60000 ms for which the front keeps idle connections, or 0: else requests are lost, got 60000',
  ],
  [
    'a socket timeout',
    { timeout: 120_000 },
    'timeout must be 0: it would cut a stream that is silent for so long, got 120000',
  ],
  [
    'headers that may take longer than the request',
    { headersTimeout: 400_000 },
    'headersTimeout must not be longer than requestTimeout of 300000, which it is part of, got 400000',
  ],
  [
    'half a millisecond',
    { keepAliveTimeout: 75_000.5 },
    'keepAliveTimeout must be a whole number of milliseconds from 0 to 2147483647, got 75000.5',
  ],
  [
    'a buffer below 0',
    { keepAliveTimeoutBuffer: -1 },
    'keepAliveTimeoutBuffer must be a whole number of milliseconds from 0 to 2147483647, got -1',
  ],
  ['no number', { requestTimeout: Number.NaN }, 'requestTimeout must be a whole number of milliseconds'],
])('%s is refused with a sentence, and the server stays as it was', (_name, wrong, sentence) => {
  const server = createServer()
  const { keepAliveTimeout } = server
  expect(() => applyServerPreset(server, { ...SERVER_PRESETS.nginx, ...wrong })).toThrow(sentence)
  expect(server.keepAliveTimeout).toBe(keepAliveTimeout)
})

test('an idle time of 0, which is for ever, is above every front', () => {
  const server = createServer()
  applyServerPreset(server, { ...SERVER_PRESETS.nginx, keepAliveTimeout: 0 })
  expect(server.keepAliveTimeout).toBe(0)
})

describe('the table', () => {
  const fronts = Object.entries<PresetRow>(PRESET_TABLE).filter(([name]) => name !== 'loopback') as [
    keyof typeof SERVER_PRESETS,
    FrontPresetRow,
  ][]

  // The fronts' own numbers, from their documentation: https addresses in the table say where.
  test.each([
    ['nginx', 60, 75],
    ['aws-alb', 60, 75],
    ['aws-nlb', 350, 400],
    ['gcp-lb', 600, 620],
    ['azure', 240, 250],
    ['cloudflare', 900, 960],
    ['cloudfront', 180, 190],
    ['heroku', 90, 95],
    ['oracle-lb', 300, 310],
  ] as const)('%s closes after %i s, the server behind it after %i s', (name, front, own) => {
    const row = PRESET_TABLE[name]
    expect([row.frontIdle.value, row.keepAliveTimeout.value]).toEqual([front * 1_000, own * 1_000])
    expect(row.frontIdle.source).toMatch(/^https:\/\//)
    expect(SERVER_PRESETS[name]).toMatchObject({ keepAliveTimeout: own * 1_000, frontIdleMs: front * 1_000 })
  })

  test.each(fronts)(
    '%s: the server waits at least 5 s longer than the front, and every number is applied',
    (name, row) => {
      expect(row.keepAliveTimeout.value - row.frontIdle.value).toBeGreaterThanOrEqual(5_000)
      const server = createServer()
      applyServerPreset(server, name)
      expect(server.keepAliveTimeout).toBe(row.keepAliveTimeout.value)
    },
  )

  test('only fronts that give up on a first byte within 30 s commit early, and before that', () => {
    const early = fronts.filter(([, { earlyCommit }]) => earlyCommit !== undefined)
    expect(early.map(([name]) => name)).toEqual(['cloudfront', 'heroku'])
    for (const [, { earlyCommit }] of early) expect(earlyCommit?.value).toBeLessThan(30_000)
  })

  test('every number has a source and says what it is for', () => {
    const rows = [...Object.values<PresetRow>(PRESET_TABLE), SHARED_NUMBERS, ...Object.values(DRAIN_PRESETS)]
    const numbers = rows.flatMap((row) => Object.values(row)).filter((cell) => typeof cell !== 'string')
    expect(numbers.length).toBeGreaterThan(30)
    for (const { value, source, purpose } of numbers) {
      expect(Number.isInteger(value)).toBe(true)
      expect(source).toMatch(/^(https:\/\/|(Node's default; )?measured)/)
      expect(purpose.length).toBeGreaterThan(20)
    }
  })
})
