import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { generate } from 'selfsigned'

/** What the upstream may show of itself. All but `good` must not be trusted. */
export type IdentityName = 'good' | 'expired-cert' | 'wrong-host' | 'untrusted-cert'

/** An authority that targets are told to trust, and what the upstream shows. */
export interface Certificates {
  /** PEM file of the authority; removed when the runner ends. */
  readonly caFile: string
  readonly identities: { readonly [name in IdentityName]: SecureContext }
}

interface Authority {
  readonly key: string
  readonly cert: string
}

interface Subject {
  readonly host?: string
  readonly notAfterDate?: Date
}

const DAY_MS = 86_400_000
const KEYS = { keyType: 'ec', algorithm: 'sha256' } as const

let made: Promise<Certificates> | undefined

/** Made once per run of the suite, at the first call; an upstream over TLS is for 127.0.0.1 and localhost. */
export function certificates(): Promise<Certificates> {
  return (made ??= makeCertificates())
}

async function makeCertificates(): Promise<Certificates> {
  const authority = await makeAuthority('Stopbit conformance')
  const stranger = await makeAuthority('An authority that nobody trusts')
  return {
    caFile: writeCaFile(authority.cert),
    identities: {
      good: await makeIdentity(authority),
      'expired-cert': await makeIdentity(authority, { notAfterDate: new Date(Date.now() - DAY_MS) }),
      'wrong-host': await makeIdentity(authority, { host: 'wrong.test' }),
      'untrusted-cert': await makeIdentity(stranger),
    },
  }
}

async function makeAuthority(name: string): Promise<Authority> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    ...KEYS,
    notBeforeDate: new Date(Date.now() - 30 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  return { key, cert }
}

async function makeIdentity(ca: Authority, { host, notAfterDate }: Subject = {}): Promise<SecureContext> {
  const altNames =
    host === undefined
      ? [{ type: 2, value: 'localhost' } as const, { type: 7, ip: '127.0.0.1' } as const]
      : [{ type: 2, value: host } as const]
  const { private: key, cert } = await generate([{ name: 'commonName', value: host ?? 'localhost' }], {
    ...KEYS,
    notBeforeDate: new Date(Date.now() - 20 * DAY_MS),
    ...(notAfterDate === undefined ? {} : { notAfterDate }),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return createSecureContext({ key, cert })
}

function writeCaFile(cert: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-ca-'))
  const file = join(folder, 'upstream-ca.pem')
  writeFileSync(file, cert)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return file
}
