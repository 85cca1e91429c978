import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseTrace, type Trace } from '@stopbit/traces'
import { Columns, type Side } from './columns.ts'
import { playUpstream } from './play-upstream.ts'
import { startGatewayProcess } from './start-gateway-process.ts'
import { startPlainProxy, type RunningProxy } from './start-plain-proxy.ts'
import { watchClient, type ClientEnd } from './watch-client.ts'

const TRACE = fileURLToPath(
  new URL('../../../conformance/traces/anthropic/rst-mid-sse-856.trace.json', import.meta.url),
)

/** Pieces of text that the upstream sends before it resets. */
const TEXTS_BEFORE_RESET = 3

/** What one side came to. */
interface SideResult {
  readonly end: ClientEnd
  readonly textCount: number
}

const swapped = process.argv.includes('--swap')
const trace = parseTrace(readFileSync(TRACE, 'utf8'), TRACE)
const out = process.stdout
const columns = new Columns(out)

out.write(`\nAn upstream streams a Claude answer and resets its connection in the middle of an event,\n`)
out.write(`${trace.check?.bodyBytes} bytes in (${trace.provenance.sources?.[0]}).\n`)
out.write(`The real Anthropic SDK streams through a proxy on each side. This is what its user sees:\n\n`)
columns.open('WITHOUT STOPBIT: a plain Node proxy', 'WITH STOPBIT: the gateway')

const [without, withStopbit] = await Promise.all([
  runSide('left', trace, swapped ? startGatewayProcess : startPlainProxy),
  runSide('right', trace, swapped ? startPlainProxy : startGatewayProcess),
])
columns.close()
const shows = isTrueEnd(withStopbit) && !isTrueEnd(without)
out.write(`\n${shows ? 'Yes' : 'No'}: without Stopbit ${describe(without)}; with it ${describe(withStopbit)}.\n`)
process.exitCode = shows ? 0 : 1

async function runSide(
  side: Side,
  played: Trace,
  startProxy: (upstreamUrl: string) => Promise<RunningProxy>,
): Promise<SideResult> {
  const clientHasAll = Promise.withResolvers<void>()
  const upstream = await playUpstream(played, clientHasAll.promise)
  const proxy = await startProxy(upstream.url)
  let textCount = 0
  try {
    const end = await watchClient(proxy.url, (observation) => {
      if (observation.kind === 'text') {
        textCount++
        columns.write(side, `» ${observation.text.trim()}`, 'plain')
        if (textCount === TEXTS_BEFORE_RESET) clientHasAll.resolve()
      } else {
        columns.write(side, observation.end.shown, observation.end.verdict === 'true-end' ? 'good' : 'bad')
      }
    })
    return { end, textCount }
  } finally {
    clientHasAll.resolve()
    proxy.close()
    upstream.close()
  }
}

function isTrueEnd({ end, textCount }: SideResult): boolean {
  return end.verdict === 'true-end' && textCount === TEXTS_BEFORE_RESET
}

function describe({ end, textCount }: SideResult): string {
  const received = `the client got ${textCount} of ${TEXTS_BEFORE_RESET} texts and then`
  switch (end.verdict) {
    case 'true-end':
      return `${received} the API's own error, which says what happened and what to do`
    case 'raw-error':
      return `${received} a raw error of its runtime`
    case 'pretended':
      return `${received} an end that passes for a whole answer`
    case 'hang':
      return `${received} nothing, for ever`
    default:
      return end.verdict satisfies never
  }
}
