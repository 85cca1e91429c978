import { isIP } from 'node:net'
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { fine, found, type Finding } from './check.ts'

const DAY_MS = 86_400_000
/** Fewer days of validity are a finding: renewal has most likely failed. */
const SOON_DAYS = 14

/** Looks at the certificate that `url`'s host shows at `address`: who signed it, until when, and for which names. */
export async function checkTls(options: {
  readonly url: URL
  readonly address: string
  readonly ca?: string | undefined
  readonly timeoutMs: number
}): Promise<Finding> {
  const { url, address, ca, timeoutMs } = options
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
      rejectUnauthorized: false, // nothing is sent; what is wrong is to be told, all of it
      timeout: timeoutMs,
    })
    const settle = (finding: Finding): void => {
      socket.destroy()
      resolve(finding)
    }
    socket.once('secureConnect', () => settle(judge(socket, host)))
    socket.once('timeout', () => settle(broken('timeout')))
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => settle(broken(code)))
  })
}

function broken(code: string): Finding {
  const advice =
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
      ? 'The server does not speak TLS on this port: use http: or the right port.'
      : 'Something ended the handshake: an inspecting firewall, a wrong port, or a server that wants another TLS version.'
  return found('No secure connection could be set up.', [advice], { code })
}

function judge(socket: TLSSocket, host: string): Finding {
  const certificate = socket.getPeerCertificate(true)
  const daysLeft = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS)
  const wrongName = checkServerIdentity(host, certificate) !== undefined
  // What an untrusted chain says of the name is the name's error, so the two are looked at apart.
  const code = codeOf(socket.authorizationError)
  const facts = {
    protocol: socket.getProtocol(),
    issuer: nameOf(certificate.issuer),
    daysLeft,
    chain: chainOf(certificate),
    rightName: !wrongName,
    ...(code !== undefined && { code }),
  }
  const problems = [
    ...(code !== undefined && code !== 'ERR_TLS_CERT_ALTNAME_INVALID' ? [untrusted(code, facts)] : []),
    ...(wrongName ? [WRONG_NAME] : []),
    ...(code === undefined && daysLeft < SOON_DAYS ? [ends(daysLeft)] : []),
  ]
  if (problems.length > 0) {
    return found(
      problems.map(([sentence]) => sentence).join(' '),
      problems.map(([, advice]) => advice),
      facts,
    )
  }
  return fine(`${facts.protocol}, signed by ${facts.issuer}, valid for ${daysLeft} more days.`, facts)
}

type Problem = readonly [sentence: string, advice: string]

const WRONG_NAME: Problem = [
  'The certificate is for another name.',
  'Use the name that the certificate is for, or have one issued for this host. Behind a shared address, check that the name is sent (SNI).',
]

function untrusted(code: string, { issuer, chain }: { issuer: string; chain: readonly string[] }): Problem {
  if (code === 'CERT_HAS_EXPIRED') return ['The certificate has expired.', "Renew it, and check this machine's clock."]
  if (code === 'CERT_NOT_YET_VALID') return ['The certificate is not valid yet.', 'Check the clock of this machine.']
  const trust = `If ${issuer} is your company's or proxy's own authority, name its file: \`--ca-file\` here, \`--upstream-ca-file\` for the gateway, NODE_EXTRA_CA_CERTS for Node clients.`
  if (code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' && chain.length === 1) {
    return [
      'The server does not send the certificates between its own and an authority.',
      `Install the full chain on the server. ${trust}`,
    ]
  }
  return ['The certificate is signed by an authority that is not trusted here.', trust]
}

function ends(daysLeft: number): Problem {
  return [`The certificate ends in ${daysLeft} days.`, 'Look at why its renewal does not work.']
}

function codeOf(error: unknown): string | undefined {
  if (error === null || error === undefined) return undefined
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : (error as string)
}

function nameOf(name: PeerCertificate['issuer'] | undefined): string {
  const first = name?.O ?? name?.CN ?? 'an unnamed authority'
  return Array.isArray(first) ? (first[0] ?? '') : first
}

/** The names in the chain, from the server's own. A certificate that signed itself is the last. */
function chainOf(certificate: ReturnType<TLSSocket['getPeerCertificate']>): string[] {
  const names: string[] = []
  const seen = new Set<string>()
  let next: Partial<ReturnType<TLSSocket['getPeerCertificate']>> & { issuerCertificate?: unknown } = certificate
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256)
    names.push(nameOf(next.subject))
    next = next.issuerCertificate as typeof next
  }
  return names
}
