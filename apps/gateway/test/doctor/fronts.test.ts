import { expect, test } from 'vitest'
import { bufferingAdvice, silenceAdvice } from '../../src/doctor/fronts.ts'

test('what the answer shows comes first, and what may stand behind it is named', () => {
  const advice = silenceAdvice({ server: 'nginx/1.22.1' }, 60_004)
  expect(advice[0]).toContain('proxy_read_timeout')
  expect(advice[1]).toBe('Or something behind it: AWS ALB or Apache cuts at this length, too.')
})

test.each([
  [60_020, 'AWS ALB'],
  [55_010, 'Heroku'],
  [240_100, 'Azure'],
  [120_050, 'Cloudflare'],
])('without a trace in the answer, a cut after %i ms is told by its length', (cutMs, name) => {
  expect(silenceAdvice({}, cutMs).join('\n')).toContain(name)
})

test('a cut after 30 s may be a firewall, and one of no known length says to look for it', () => {
  expect(silenceAdvice({}, 30_050).join('\n')).toContain('firewall or proxy that inspects traffic')
  expect(silenceAdvice({}, 77_000)[0]).toContain('look for a limit of 77 s in every proxy')
})

test.each([
  [{ via: '1.1 Caddy' }, 'flush_interval -1'],
  [{ server: 'Apache/2.4.62 (Debian)' }, 'flushpackets=on'],
  [{ 'x-envoy-upstream-service-time': '3' }, 'Envoy'],
  [{ 'cf-ray': '8f-AMS' }, 'no-transform'],
  [{ 'x-amz-cf-id': 'x' }, 'CloudFront'],
])('%o is recognised', (headers, setting) => {
  expect(bufferingAdvice(headers)[0]).toContain(setting)
})

test('a front that never holds events back is not blamed for it', () => {
  expect(bufferingAdvice({ server: 'awselb/2.0' })[0]).toContain('Nothing in the answer says')
})
