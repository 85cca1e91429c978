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
  '@stopbit/recorder 0.0.0: a tap between a client and its upstream, 2026-01-01',
])('scanForSecrets() passes %s', (text) => {
  expect(scanForSecrets(text)).toEqual([])
})
