import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Peer } from './peers.ts'
import { number } from './report/format.ts'
import { chooseCores } from './run/cores.ts'
import { startEnds } from './run/ends.ts'
import { startPeer } from './run/start-peer.ts'
import type { Work } from './scenarios.ts'

/** 256 streams at 50 events a second each; every ten seconds all of their connections are new. */
const WORK: Work = { kind: 'paced', connections: 256, eventBytes: 180, eventsPerWrite: 1, everyMs: 20 }
const STEP_MS = 10_000
/** Growth over the second half that is still flat: what a heap swings by. */
const FLAT_SHARE = 0.1

interface Sample {
  readonly rssMib: number
  readonly cpuPercent: number
}

/** Steady load on one peer. Prints memory and CPU every ten seconds, and whether they are flat; answers with the exit code. */
export async function runSoak(peer: Peer, seconds: number): Promise<number> {
  const cores = chooseCores()
  const ends = await startEnds(cores)
  const folder = mkdtempSync(join(tmpdir(), 'stopbit-bench-'))
  const certificateFile = join(folder, 'upstream.pem')
  writeFileSync(certificateFile, ends.certificate)
  const samples: Sample[] = []
  try {
    const running = await startPeer(peer, { upstreamUrl: ends.upstreamUrl, certificateFile, core: cores.proxy })
    try {
      const until = performance.now() + seconds * 1000
      while (performance.now() < until) {
        await ends.serve(WORK)
        const job = { work: WORK, path: peer.path, port: running.port, proxy: running.pids }
        const { cpuUs, rssKib, counts, seconds: spent } = await ends.measure({ ...job, warmMs: 500, windowMs: STEP_MS })
        if (counts.wrong > 0) throw new Error(`${counts.wrong} events with bytes that were never sent`)
        const sample = { rssMib: rssKib.end / 1024, cpuPercent: cpuUs.proxy / spent / 10_000 }
        samples.push(sample)
        process.stdout.write(
          `${number(sample.rssMib).padStart(8)} MiB ${number(sample.cpuPercent).padStart(8)} % CPU\n`,
        )
      }
    } finally {
      await running.stop()
    }
  } finally {
    await ends.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return judge(samples)
}

/** The last quarter beside the third: what grows in the second half of a run grows for ever. */
function judge(samples: readonly Sample[]): number {
  const quarter = Math.floor(samples.length / 4)
  if (quarter < 1) {
    process.stdout.write('Too short to say whether that is flat: at least 40 seconds.\n')
    return 0
  }
  const last = samples.slice(-quarter)
  const third = samples.slice(-2 * quarter, -quarter)
  const growths = (['rssMib', 'cpuPercent'] as const).map((what) => mean(last, what) / mean(third, what) - 1)
  const isFlat = growths.every((growth) => growth <= FLAT_SHARE)
  const [rss = 0, cpu = 0] = growths.map((growth) => Math.round(growth * 100))
  process.stdout.write(
    `Last quarter beside the third: memory ${rss} %, CPU ${cpu} %. ${isFlat ? 'Flat.' : 'NOT flat.'}\n`,
  )
  return isFlat ? 0 : 1
}

function mean(samples: readonly Sample[], what: keyof Sample): number {
  return samples.reduce((sum, sample) => sum + sample[what], 0) / samples.length
}
