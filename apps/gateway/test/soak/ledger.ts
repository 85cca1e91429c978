import { SoakExchange, type SoakRecord } from './exchange.ts'
import type { Verdict } from './judge-exchange.ts'
import { judgeExchange } from './judge-exchange.ts'
import type { ExchangePlan } from './plan.ts'
import { Tally } from './tally.ts'

/** Every exchange of a run: those under way, and what became of the others. */
export class Ledger {
  readonly tally = new Tally()
  readonly problems: string[] = []
  /** The longest time that a process stood still. */
  standstillMs = 0
  readonly #seed: number
  readonly #live = new Map<string, { readonly exchange: SoakExchange; readonly startedAt: number }>()
  /** Accepted by the gateway, with no record yet. */
  readonly #open = new Set<string>()
  readonly #recorded = new Set<string>()
  #lags: { readonly from: number; readonly until: number }[] = []
  #idle: (() => void) | undefined

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Exchanges that the gateway has accepted and not yet recorded. */
  get openCount(): number {
    return this.#open.size
  }

  begin(plan: ExchangePlan): SoakExchange {
    const exchange = new SoakExchange(plan)
    this.#live.set(plan.id, { exchange, startedAt: Date.now() })
    return exchange
  }

  find(id: string): SoakExchange | undefined {
    return this.#live.get(id)?.exchange
  }

  accepted(id: string): void {
    const exchange = this.find(id)
    if (exchange !== undefined) exchange.isAccepted = true
    if (!this.#recorded.has(id)) this.#open.add(id)
  }

  recorded(record: SoakRecord): void {
    const { id } = record
    if (this.#recorded.has(id)) this.problem(id, 'it left a second record')
    else if (!this.#open.delete(id)) this.problem(id, 'it left a record, but was never accepted')
    this.#recorded.add(id)
    const exchange = this.find(id)
    if (exchange !== undefined) exchange.record = record
    exchange?.recorded.resolve()
    if (this.#open.size === 0) this.#idle?.()
  }

  /** A process stood still. */
  lagged(until: number, ms: number): void {
    this.standstillMs = Math.max(this.standstillMs, Math.round(ms))
    this.#lags.push({ from: until - ms - 100, until })
    if (this.#lags.length > 1_000) this.#lags = this.#lags.slice(-500)
  }

  /** Resolves when every accepted exchange has left its record. */
  settled(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => (this.#idle = resolve))
  }

  /** The client is through with an exchange, and its record is here if one is to come. */
  end(exchange: SoakExchange): void {
    const { plan } = exchange
    const { startedAt = 0 } = this.#live.get(plan.id) ?? {}
    this.#live.delete(plan.id)
    exchange.over.resolve()
    const isLate = this.#lags.some(({ from, until }) => until >= startedAt && from <= Date.now())
    const verdict = judgeExchange(exchange, isLate)
    this.#count(exchange, verdict)
    for (const what of verdict.problems) this.problem(plan.id, `${what}; ${describe(exchange)}`)
  }

  #count({ plan, attempts, clientFired, seen }: SoakExchange, { outcome }: Verdict): void {
    for (const { behaviour, fired } of attempts) this.tally.played(`upstream ${behaviour}`, fired)
    this.tally.played(`client ${plan.client}`, clientFired)
    if (seen.end === 'pending') this.tally.stuck++
    this.tally.ended(attempts.at(-1)?.behaviour ?? 'no attempt', outcome)
  }

  problem(id: string, what: string): void {
    this.problems.push(`Exchange ${id} of seed ${this.#seed}: ${what}`)
  }

  /** What is left when nothing more can come. */
  close(): void {
    for (const id of this.#open) this.problem(id, 'the gateway accepted it and left no record')
  }
}

function describe({ plan, attempts, seen, record, isFollower }: SoakExchange): string {
  const played = attempts.map(({ behaviour, fired }) => `${behaviour}${fired ? '' : ' (not fired)'}`).join(', then ')
  const told =
    record === undefined
      ? 'no record'
      : `record ${record.ending}${record.fault === undefined ? '' : ` ${record.fault}`}`
  const follower = isFollower ? ', on a used connection' : ''
  return `${plan.wire}, client ${plan.client}${follower}, upstream ${played || 'not asked'}, ${seen.status} ${seen.end}, ${told}`
}
