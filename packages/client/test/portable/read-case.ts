import { StreamInterruptedError } from '../../src/index.ts'
import { testFetch } from '../caller.ts'
import type { CaseName } from '../cases.ts'
import { CALLERS, type Caller } from '../sdk-callers.ts'

/** Where the upstreams are. */
export interface Environment {
  readonly UPSTREAM_URL: string
  /** Nobody listens there. */
  readonly REFUSED_URL: string
}

/** What a caller saw. JSON, so that any runtime can tell it. */
export interface CaseResult {
  readonly caller: string
  readonly name: CaseName
  readonly text: string
  readonly toolRuns: number
  readonly calls: readonly string[]
  /** What the SDK threw, as a person would read it; missing if it threw nothing. */
  readonly thrown?: string
  /** Our error, wherever the SDK has put it. */
  readonly interrupted?: { readonly kind: string; readonly message: string; readonly receivedEvents: number }
}

const CASES: readonly CaseName[] = [
  'healthy',
  'before-data',
  'mid-text',
  'tool',
  'clean-end',
  'stalled',
  'refused',
  'aborted',
]

/** Plays all cases to all callers. */
export async function readCases(environment: Environment): Promise<CaseResult[]> {
  const ofCallers = CALLERS.map(async (caller, number) => {
    const results: CaseResult[] = []
    for (const name of CASES) {
      if (name !== 'tool' || caller.openTool !== undefined)
        results.push(await readCase(environment, caller, name, number))
    }
    return results
  })
  return (await Promise.all(ofCallers)).flat()
}

async function readCase(
  { UPSTREAM_URL, REFUSED_URL }: Environment,
  caller: Caller,
  name: CaseName,
  number: number,
): Promise<CaseResult> {
  const { fetch, calls } = testFetch(name === 'stalled' ? { stallWarnMs: 50, idleTimeoutMs: 200 } : {})
  const controller = new AbortController()
  let text = ''
  let toolRuns = 0
  const onText = (delta: string): void => {
    text += delta
    if (!delta.includes('Half')) return
    if (name === 'aborted') controller.abort()
    if (name === 'mid-text') tellHalf()
  }
  const tellHalf = (): void => void globalThis.fetch(`${UPSTREAM_URL}/has-half/${name}/${number}`)
  const reading = caller.read({
    fetch,
    url: `${name === 'refused' ? REFUSED_URL : UPSTREAM_URL}/${name}/${number}`,
    signal: controller.signal,
    onText,
    onArguments: (json) => {
      if (json.includes('Bern')) tellHalf()
    },
    onTool: () => void toolRuns++,
  })
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown ?? 'nothing was thrown',
  )
  const { kind, message, receivedEvents } = findInterrupted(error) ?? {}
  return {
    caller: caller.name,
    name,
    text,
    toolRuns,
    calls,
    ...(error !== undefined && { thrown: error instanceof Error ? `${error.name}: ${error.message}` : typeof error }),
    ...(kind &&
      message !== undefined &&
      receivedEvents !== undefined && { interrupted: { kind, message, receivedEvents } }),
  }
}

/** SDKs put what `fetch` threw into the `cause` of an error of their own. */
function findInterrupted(error: unknown): StreamInterruptedError | undefined {
  for (let link = error; typeof link === 'object' && link !== null; link = (link as Error).cause) {
    if (StreamInterruptedError.isInstance(link)) return link
  }
  return undefined
}
