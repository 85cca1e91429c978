import { checkConnection, checkDns } from './check-address.ts'
import { checkBuffering } from './check-buffering.ts'
import { checkHeaders } from './check-headers.ts'
import { checkSilence } from './check-silence.ts'
import { checkTls } from './check-tls.ts'
import type { Check, CheckName, Finding } from './check.ts'

/** What the doctor is to look at. At least one of the two URLs. */
export interface DoctorOptions {
  /** An API, or a gateway or proxy before it. It is sent one GET without a key. */
  readonly upstream?: URL | undefined
  /** A URL at whose far end a probe listens. */
  readonly probe?: URL | undefined
  /** Silences to try, in milliseconds. */
  readonly silencesMs: readonly number[]
  /** From event to event when buffering is looked for, in milliseconds. */
  readonly gapMs: number
  /** Longest wait for a connection, a handshake or a response head, in milliseconds. */
  readonly timeoutMs: number
  /** Authorities to trust, in PEM form. Default: those that Node trusts. */
  readonly ca?: string | undefined
  readonly onCheck?: (check: Check) => void
  /** A check begins that takes `lastsMs` if nothing is wrong. */
  readonly onStart?: (name: CheckName, lastsMs: number) => void
}

/** Looks at each path, in the order of a request's way. What cannot work because of an earlier finding is skipped. Never rejects. */
export async function runDoctor(options: DoctorOptions): Promise<Check[]> {
  const checks: Check[] = []
  for (const path of ['upstream', 'probe'] as const) {
    const url = options[path]
    if (url === undefined) continue
    const look = async (name: CheckName, run: () => Promise<Finding>, lastsMs = 0): Promise<boolean> => {
      options.onStart?.(name, lastsMs)
      const check: Check = { name, path, ...(await run()) }
      checks.push(check)
      options.onCheck?.(check)
      return check.verdict === 'fine'
    }
    await lookAtPath(url, path, options, look)
  }
  return checks
}

type Look = (name: CheckName, run: () => Promise<Finding>, lastsMs?: number) => Promise<boolean>

async function lookAtPath(url: URL, path: Check['path'], options: DoctorOptions, look: Look): Promise<void> {
  const { ca, timeoutMs, silencesMs, gapMs } = options
  const isTls = url.protocol === 'https:'
  const rest: CheckName[] = [...(isTls ? (['tls'] as const) : []), 'headers']
  if (path === 'probe') rest.push('buffering', 'silence')
  const skip = async (names: readonly CheckName[]): Promise<void> => {
    for (const name of names) await look(name, async () => SKIPPED)
  }

  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  let addresses: readonly string[] = []
  await look('dns', async () => {
    const resolved = await checkDns(host)
    addresses = resolved.addresses
    return resolved.finding
  })
  if (addresses.length === 0) return skip(['connection', ...rest])
  let address: string | undefined
  await look('connection', async () => {
    const reached = await checkConnection(addresses, Number(url.port || (isTls ? 443 : 80)), timeoutMs)
    address = reached.address
    return reached.finding
  })
  const reached = address
  if (reached === undefined) return skip(rest)
  if (isTls) {
    let isTrusted = true
    await look('tls', async () => {
      const finding = await checkTls({ url, address: reached, ca, timeoutMs })
      isTrusted = finding.facts['code'] === undefined
      return finding
    })
    if (!isTrusted) return skip(rest.slice(1)) // nothing is sent to a server that is not known
  }
  const question = { url, ca, timeoutMs }
  await look('headers', () => checkHeaders(question))
  if (path === 'upstream') return
  await look('buffering', () => checkBuffering({ ...question, gapMs }), gapMs * 4)
  await look('silence', () => checkSilence({ ...question, silencesMs }), Math.max(...silencesMs))
}

const SKIPPED: Finding = {
  verdict: 'skipped',
  sentence: 'Not looked at, because of what was found before.',
  advice: [],
  facts: {},
}
