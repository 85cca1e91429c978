import { generate } from 'selfsigned'
import type { TlsIdentity } from './connection.ts'

/** What the TLS upstreams of the matrix show, and the authority that their clients trust. */
export interface Certificates {
  readonly ca: string
  readonly trusted: TlsIdentity
  readonly untrusted: TlsIdentity
  readonly wrongName: TlsIdentity
  readonly expired: TlsIdentity
  /** Trusted, and HTTP/2 only. */
  readonly h2: TlsIdentity
}

const DAY_MS = 24 * 60 * 60 * 1000

let made: Promise<Certificates> | undefined

/** The certificates of this run; made once. */
export function certificates(): Promise<Certificates> {
  return (made ??= makeCertificates())
}

async function makeCertificates(): Promise<Certificates> {
  const options = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: 'Failure matrix' }], {
    ...options,
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  })
  const ca = { key: authority.private, cert: authority.cert }
  const leaf = async (name: 'localhost' | 'wrong.example', more: object): Promise<TlsIdentity> => {
    const local = [{ type: 7, ip: '127.0.0.1' }] as const
    const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
      ...options,
      extensions: [
        {
          name: 'subjectAltName',
          altNames: [{ type: 2, value: name }, ...(name === 'localhost' ? local : [])],
        },
      ],
      ...more,
    })
    return { key, cert, protocols: ['http/1.1'] }
  }
  const past = { notBeforeDate: new Date(Date.now() - 3 * DAY_MS), notAfterDate: new Date(Date.now() - DAY_MS) }
  const trusted = await leaf('localhost', { ca })
  return {
    ca: authority.cert,
    trusted,
    untrusted: await leaf('localhost', {}),
    wrongName: await leaf('wrong.example', { ca }),
    expired: await leaf('localhost', { ca, ...past }),
    h2: { ...trusted, protocols: ['h2'] },
  }
}
