import { generate } from 'selfsigned'

/** What a TLS server shows, in PEM form. */
export interface TlsIdentity {
  readonly key: string
  readonly cert: string
}

/** An authority, a certificate of it for `localhost` and `api.test`, which no resolver knows, and one for another name. */
export interface Certificates {
  readonly ca: string
  readonly server: TlsIdentity
  readonly wrongName: TlsIdentity
}

let made: Promise<Certificates> | undefined

/** Made once per run. */
export function certificates(): Promise<Certificates> {
  return (made ??= makeCertificates())
}

async function makeCertificates(): Promise<Certificates> {
  const options = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: 'Upstream pool tests' }], {
    ...options,
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  })
  const identity = async (...names: string[]): Promise<TlsIdentity> => {
    const altNames = names.map((value) => ({ type: 2, value }) as const)
    const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
      ...options,
      ca: { key: authority.private, cert: authority.cert },
      extensions: [{ name: 'subjectAltName', altNames }],
    })
    return { key, cert }
  }
  return {
    ca: authority.cert,
    server: await identity('localhost', 'api.test'),
    wrongName: await identity('wrong.test'),
  }
}
