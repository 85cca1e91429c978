import { expect, test } from 'vitest'
import { scanForSecrets } from './scan-secrets.ts'

/** Put together here, so that no scanner takes this file for a leak. */
test.each([
  ['API key', `sk-${'ant-api03-'}${'Ab1'.repeat(10)}`],
  ['Google API key', `AI${'za'}${'b'.repeat(35)}`],
  ['AWS key id', `AK${'IA'}IOSFODNN7EXAMPLE`],
  ['GitHub token', `gh${'p_'}${'a'.repeat(36)}`],
  ['Slack token', `xo${'xb-'}1234567890-abc`],
  ['JSON web token', `ey${'J'}hbGciOiJIUzI1.eyJzdWIiOiIxMjM0`],
  ['bearer token', 'authorization: Bearer abcdefghijkl1234'],
  ['private key', '-----BEGIN RSA PRIVATE KEY-----'],
  ['password in a URL', 'http://jane:hunter2@localhost/'],
  ['e-mail address', 'write to jane.doe@example.org today'],
  ['Google OAuth token', `ya${'29.'}a0AfH6SMBx1234567890`],
  ['API key', `gs${'k_'}abcdefghijklmnopqrstuvwxyz`],
  ['key in a query', 'GET /v1beta/models?key=abcdef123'],
  ['IP address', 'connect to 10.1.2.3 failed'],
  ['IP address', 'at fe80::1ff:fe23:4567:890a'],
  ['IP address', '2001:db8:0:1:1:1:1:1'],
  ['host name', 'upstream db1.corp.internal is down'],
  ['host name', 'see api.example.com'],
  ["somebody's folder", 'at /home/jane/app.js'],
  ['high entropy', 'token q8Zr3TfW1xLpK0vB7nYc in text'],
])('scanForSecrets() finds: %s', (rule, text) => {
  expect(scanForSecrets(text)).toContain(rule)
})

test.each([
  'claude-sonnet-4-5-20250929',
  'response.function_call_arguments.delta',
  'msg_0000000000000000000000000001',
  'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'content-type: text/event-stream; charset=utf-8',
  'event: response.output_text.delta',
  'at 12:34:56, version 1.2.3, from 127.0.0.1',
  '@stopbit/recorder 0.0.0: a tap between a client and its upstream, 2026-01-01',
])('scanForSecrets() passes %s', (text) => {
  expect(scanForSecrets(text)).toEqual([])
})

test('scanForSecrets() takes megabytes of filler in one pass', () => {
  const started = performance.now()
  expect(scanForSecrets('x'.repeat(8_000_000))).toEqual([])
  expect(performance.now() - started).toBeLessThan(5_000)
})
