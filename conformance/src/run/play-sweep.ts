import type { ClientStep, Sweep, Trace } from '@stopbit/traces'
import type { SweepEvidence, SweepSample } from '../judge/evidence.ts'
import { openClientConnection } from './client-connection.ts'
import { playClient, type ClientRun, type ClientRunResult } from './client-script.ts'
import { headerOf } from './parse-head.ts'
import type { Stage } from './stage.ts'

/** How many idle connections are measured; the median counts. */
const PROBES = 3

/**
 * Measures the listener's idle close on connections of its own, then plays the client script once per offset and repeat, all at
 * the same time: a sweep takes about twice the idle time, not the sum.
 */
export async function playSweep(
  stage: Stage,
  sweep: Sweep,
  run: Omit<ClientRun, 'runId' | 'parameters'>,
): Promise<SweepEvidence> {
  const { trace } = stage
  const capMs = stage.scaled(trace.calibrate?.capMs ?? 0)
  const probes = await Promise.all(
    Array.from(
      { length: PROBES },
      async (_, index) => await probe(stage, capMs, { ...run, runId: `probe${index}`, parameters: {} }),
    ),
  )
  const closes = probes
    .flatMap(({ idleCloseMs }) => (idleCloseMs === undefined ? [] : [idleCloseMs]))
    .toSorted((a, b) => a - b)
  const advertisedMs = probes.find(({ advertisedMs: ms }) => ms !== undefined)?.advertisedMs
  const idleCloseMs = closes.length < PROBES ? undefined : closes[Math.floor(PROBES / 2)]
  if (idleCloseMs === undefined) return { idleCloseMs, capMs, advertisedMs, samples: [] }
  const offsets = sweep.offsets.filter((offset) => idleCloseMs + offset > 0)
  const runs = offsets.flatMap((offsetMs) =>
    Array.from({ length: sweep.repeats }, (_, repeat) => ({ offsetMs, repeat })),
  )
  const samples = await Promise.all(
    runs.map(async ({ offsetMs, repeat }): Promise<SweepSample> => {
      const parameters = { [sweep.param]: idleCloseMs + offsetMs }
      const result = await playClient(stage, trace.client, { ...run, runId: `at${offsetMs}r${repeat}`, parameters })
      return { offsetMs, result: resultOf(result) }
    }),
  )
  return { idleCloseMs, capMs, advertisedMs, samples }
}

function resultOf({ exchanges, played }: ClientRunResult): SweepSample['result'] {
  if (played === 'closed-before-request') return 'closed-before'
  const last = exchanges.at(-1)
  if (played !== 'whole' || last === undefined) return 'broken'
  if (last.ending.kind === 'complete') return 'answered'
  return last.head === undefined && (last.ending.kind === 'fin' || last.ending.kind === 'rst') ? 'lost' : 'broken'
}

/** Plays the client script up to the pause on a connection of its own and waits for the close. */
async function probe(
  stage: Stage,
  capMs: number,
  run: ClientRun,
): Promise<{ idleCloseMs: number | undefined; advertisedMs: number | undefined }> {
  const connection = await openClientConnection(run.port, stage, run.runId, stage.window(5_000))
  try {
    const result = await playClient(stage, stepsBeforePause(stage.trace), run, connection)
    const exchange = result.exchanges.at(-1)
    if (exchange?.ending.kind !== 'complete') return { idleCloseMs: undefined, advertisedMs: undefined }
    const endedAt = exchange.ending.at
    await stage.board.until(() => connection.closedAt !== undefined, capMs)
    const advertised =
      exchange.head === undefined ? undefined : /timeout=(\d+)/.exec(headerOf(exchange.head, 'keep-alive') ?? '')?.[1]
    return {
      idleCloseMs: connection.closedAt === undefined ? undefined : connection.closedAt - endedAt,
      advertisedMs: advertised === undefined ? undefined : Number(advertised) * 1_000,
    }
  } finally {
    connection.destroy()
  }
}

function stepsBeforePause({ client }: Trace): readonly ClientStep[] {
  return client.slice(
    0,
    client.findIndex((step) => step.do === 'wait' && typeof step.ms === 'string'),
  )
}
