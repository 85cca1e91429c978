import { drawFailures } from './draw-failures.ts'
import { drawLatency } from './draw-latency.ts'
import { byId, element } from './element.ts'
import { liveTable } from './live-table.ts'
import { showRecent } from './recent-list.ts'
import type { Status } from './status.ts'
import { sayDuration } from './words.ts'

const POLL_MS = 1_000
/** A gateway that does not answer by then is taken for gone, until it answers. */
const PATIENCE_MS = 5_000

let last: Status | undefined
/** What was drawn, by place: what is the same is left alone, so that a selection or an open table stays. */
const drawn = new Map<string, string>()

function show(status: Status): void {
  last = status
  const { minutes, races, pool, latency, remembered } = status
  const whole = minutes.reduce((sum, minute) => sum + minute.whole, 0)
  const failed = minutes.reduce((sum, minute) => sum + sumOf(minute.failed), 0)
  const ended = whole + failed
  byId('path').textContent = `${status.gatewayUrl ?? 'the gateway'} → ${status.upstream}`
  byId('live-count').textContent = String(status.live.length + status.unlisted)
  byId('latency-count').textContent = remembered === 0 ? '' : `last ${remembered} exchanges`
  document.title = status.live.length === 0 ? 'Stopbit' : `(${status.live.length}) Stopbit`
  showEmpty(status)
  byId('live').replaceChildren(...liveTable(status))
  draw('tiles', { ended, failed, races, pool, firstData: latency.firstData }, () => [
    tile('Ended in the last hour', String(ended)),
    tile('Failed', String(failed), ended === 0 ? '' : `${percent(failed, ended)} of them`),
    tile('Time to first data', orDash(latency.firstData.p50), `p95 ${orDash(latency.firstData.p95)}`),
    tile(
      'Keep-alive races',
      String(races.upstream + races.listener),
      `${races.upstream} by the API, ${races.listener} by the gateway`,
    ),
    tile('Sent again', String(sumOf(pool.retries)), saySentAgain(pool)),
    tile('Connections to the API', String(pool.opened), `${pool.open} open; ${pool.reused} requests on kept ones`),
  ])
  const width = byId('failures').clientWidth
  draw('failures', { minutes, width }, () => drawFailures(minutes, width))
  draw('latency', latency, () => drawLatency(latency))
  showRecent(status.recent, which())
}

function draw(id: string, of: unknown, make: () => Node[]): void {
  const key = JSON.stringify(of)
  if (drawn.get(id) === key) return
  drawn.set(id, key)
  const isOpen = byId(id).querySelector('details')?.open === true
  byId(id).replaceChildren(...make())
  const details = byId(id).querySelector('details')
  if (details !== null) details.open = isOpen
}

function showEmpty({ live, recent, minutes, gatewayUrl }: Status): void {
  const isEmpty = live.length === 0 && recent.length === 0 && minutes.every(({ whole }) => whole === 0)
  byId('empty').hidden = !isEmpty
  if (!isEmpty) return
  const url = gatewayUrl ?? 'http://127.0.0.1:…'
  const settings = [
    ['Claude Code and Anthropic SDKs', `ANTHROPIC_BASE_URL=${url}`],
    ['OpenAI SDKs', `OPENAI_BASE_URL=${url}/v1`],
  ] as const
  draw('empty-settings', url, () =>
    settings.flatMap(([name, setting]) => [element('dt', {}, name), element('dd', {}, element('code', {}, setting))]),
  )
}

function tile(name: string, value: string, more = ''): HTMLElement {
  return element(
    'div',
    {},
    element('dt', {}, name),
    element('dd', {}, element('b', {}, value), element('span', {}, more)),
  )
}

/** `2 stale, 1 unsent; 3 more were refused`. */
function saySentAgain({ retries, refusedRetries }: Status['pool']): string {
  const reasons = Object.entries(retries).flatMap(([reason, count]) => (count === 0 ? [] : [`${count} ${reason}`]))
  const refused = refusedRetries === 0 ? [] : [`${refusedRetries} more were refused`]
  return [...(reasons.length === 0 ? [] : [reasons.join(', ')]), ...refused].join('; ')
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function orDash(ms: number | undefined): string {
  return ms === undefined ? '–' : sayDuration(ms)
}

function percent(part: number, all: number): string {
  const value = (part / all) * 100
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`
}

function which(): 'all' | 'failed' {
  return document.querySelector<HTMLInputElement>('input[name=which]:checked')?.value === 'failed' ? 'failed' : 'all'
}

function connection(state: 'live' | 'draining' | 'lost', text: string): void {
  const place = byId('connection')
  place.dataset['state'] = state
  if (place.textContent !== text) place.textContent = text // a screen reader reads each change
  document.body.classList.toggle('stale', state === 'lost')
}

async function poll(): Promise<void> {
  try {
    const response = await fetch('/status.json', { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) throw new Error(String(response.status))
    show((await response.json()) as Status)
    if (last?.phase === 'draining') connection('draining', 'Stopping: ends what is under way')
    else connection('live', 'Live')
  } catch {
    connection(
      'lost',
      last === undefined ? 'The gateway does not answer' : 'The gateway is gone; these are its last numbers',
    )
  }
}

/** Asks again when the answer is here, and not while nobody looks. */
async function keepPolling(): Promise<void> {
  for (;;) {
    await poll()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    if (document.hidden)
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
  }
}

document.querySelector('.filter')?.addEventListener('change', () => last && showRecent(last.recent, which()))
byId('exchange').addEventListener('click', ({ target, currentTarget }) => {
  if (target === currentTarget) (currentTarget as HTMLDialogElement).close() // beside the box
})
void keepPolling()
