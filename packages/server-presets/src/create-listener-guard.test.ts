import { describe, expect, test } from 'vitest'
import { createListenerGuard } from './create-listener-guard.ts'

describe('on loopback', () => {
  const guard = createListenerGuard({ host: '127.0.0.1', allowedHosts: ['gateway.internal'] })

  test.each(['localhost', 'localhost:4141', '127.0.0.1:1', '[::1]:4141', 'LOCALHOST.', 'gateway.internal:80'])(
    'takes Host %s',
    (host) => expect(guard({ headers: { host } })).toBeUndefined(),
  )

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:4141', '', undefined])(
    'refuses Host %s with 421',
    (host) => expect(guard({ headers: { host } })?.status).toBe(421),
  )

  test.each(['http://localhost:3000', 'https://gateway.internal'])('takes Origin %s', (origin) =>
    expect(guard({ headers: { host: 'localhost', origin } })).toBeUndefined(),
  )

  test.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'chrome-extension://abc'])(
    'refuses Origin %s with 403',
    (origin) => expect(guard({ headers: { host: 'localhost', origin } })?.status).toBe(403),
  )
})

test('on loopback a request that the browser calls cross-site is refused, though it has no Origin', () => {
  const guard = createListenerGuard({ host: 'localhost' })
  const from = (site: string): number | undefined =>
    guard({ headers: { host: 'localhost', 'sec-fetch-site': site } })?.status
  expect(from('cross-site')).toBe(403)
  expect(from('same-origin')).toBeUndefined()
  expect(from('none')).toBeUndefined()
})

describe('elsewhere', () => {
  const guard = createListenerGuard({ host: '0.0.0.0', token: 'open-sesame' })

  test('takes the token from either header', () => {
    expect(guard({ headers: { host: 'any.example', 'x-stopbit-token': 'open-sesame' } })).toBeUndefined()
    expect(guard({ headers: { host: 'any.example', 'proxy-authorization': 'Bearer open-sesame' } })).toBeUndefined()
  })

  test.each([undefined, '', 'open-sesam', 'open-sesame2'])('refuses the token %s with 401', (token) =>
    expect(guard({ headers: { host: 'any.example', 'x-stopbit-token': token } })?.status).toBe(401),
  )

  test('cannot be made without a token', () => {
    expect(() => createListenerGuard({ host: '0.0.0.0' })).toThrow('Cannot listen on 0.0.0.0 without a token')
    expect(() => createListenerGuard({ host: '::', token: '' })).toThrow('without a token')
  })
})
