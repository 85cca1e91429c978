import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { fine, found, type Finding } from './check.ts'
import { sayDuration } from '../status-page/browser/words.ts'

/** Beyond these addresses of a name no more are tried. */
const MAX_ADDRESSES = 8

/** Resolves a host as clients do. `addresses` is empty if it cannot be. */
export async function checkDns(host: string): Promise<{ finding: Finding; addresses: readonly string[] }> {
  if (isIP(host) !== 0) return { finding: fine('The URL names an address; nothing to resolve.'), addresses: [host] }
  const startedAt = performance.now()
  try {
    const answers = await lookup(host, { all: true })
    const tookMs = Math.round(performance.now() - startedAt)
    const addresses = answers.slice(0, MAX_ADDRESSES).map(({ address }) => address)
    const facts = { tookMs, addresses }
    if (tookMs <= SLOW_DNS_MS) return { finding: fine(`${count(answers.length)} in ${tookMs} ms.`, facts), addresses }
    const sentence = `The name was resolved, but only after ${sayDuration(tookMs)}.`
    const advice = [
      "One of the configured name servers does not answer: look at /etc/resolv.conf or the system's settings.",
    ]
    return { finding: found(sentence, advice, facts), addresses }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const advice =
      code === 'ENOTFOUND'
        ? ['Check the spelling of the host, and whether this name is known only in another network or VPN.']
        : ['The name server could not be asked: check the network connection and the configured name servers.']
    return { finding: found('The name cannot be resolved.', advice, { code }), addresses: [] }
  }
}

/** A resolver that takes longer has most likely waited for one that is dead. */
const SLOW_DNS_MS = 1_000

/** Connects to each address. `address` is the first that accepts; missing if none does. */
export async function checkConnection(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
): Promise<{ finding: Finding; address?: string }> {
  const tries = await Promise.all(addresses.map((address) => tryAddress(address, port, timeoutMs)))
  const [first] = tries.filter(({ code }) => code === undefined)
  const failed = tries.filter(({ code }) => code !== undefined)
  const facts = { tries }
  if (first === undefined) {
    const codes = [...new Set(failed.map(({ code }) => code))].join(', ')
    return { finding: found(`No connection could be made (${codes}).`, failed.map(adviceFor).slice(0, 1), facts) }
  }
  const { address, tookMs } = first
  if (failed.length === 0) return { finding: fine(`Connected in ${tookMs} ms.`, facts), address }
  const lost = failed.map((one) => `${one.address} (${one.code})`).join(', ')
  const sentence = `${failed.length} of ${tries.length} addresses do not accept connections: ${lost}.`
  const advice = [
    'Clients that try such an address first lose time or fail. If they are IPv6, this network has no working IPv6.',
  ]
  return { finding: found(sentence, advice, facts), address }
}

interface Try {
  readonly address: string
  readonly tookMs: number
  readonly code?: string
}

function tryAddress(address: string, port: number, timeoutMs: number): Promise<Try> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs })
    const settle = (code?: string): void => {
      socket.destroy()
      const tookMs = Math.round(performance.now() - startedAt)
      resolve({ address, tookMs, ...(code !== undefined && { code }) })
    }
    socket.once('connect', () => settle())
    socket.once('timeout', () => settle('timeout'))
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => settle(code))
  })
}

function adviceFor({ code }: Try): string {
  if (code === 'ECONNREFUSED') return 'Nothing listens on that port there: check the port, and whether the server runs.'
  if (code === 'timeout')
    return 'Something drops the packets: check firewalls, security groups, and whether a proxy must be used.'
  return 'There is no route to it: check the network connection and the VPN.'
}

function count(addresses: number): string {
  return addresses === 1 ? '1 address' : `${addresses} addresses`
}
