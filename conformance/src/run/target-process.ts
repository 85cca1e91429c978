import { randomBytes } from 'node:crypto'
import { upstreamPortOf } from '../manifest.ts'
import type { Target } from '../read-manifest.ts'
import type { Stage } from './stage.ts'
import { choosePort } from './target/choose-port.ts'
import { contractEnvironment } from './target/contract-environment.ts'
import { reuseProcess } from './target/reuse-process.ts'
import { startCommand } from './target/start-command.ts'
import { startModule } from './target/start-module.ts'
import { TargetStartError } from './target/target-start-error.ts'
import type { ReadyTarget } from './wait-until-ready.ts'

export { TargetStartError }

const HOST = '127.0.0.1'

/** A target that can be talked to. */
export interface TargetProcess extends ReadyTarget {
  /** A secret that was given to the target and must never come back. */
  readonly canary: string
  /** Undefined while it runs; what ended it otherwise. */
  readonly exited: () => string | undefined
  /** For a process: SIGTERM; SIGKILL `drainDeadlineMs` + grace later, to this process only. A target that is not ours to stop stays. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the target as its manifest says, or takes the one that runs already. Rejects with a `TargetStartError` when it is not
 * ready in time, and leaves no process behind. `upstreamCaFile` is for an upstream over TLS.
 */
export async function startTarget(
  target: Target,
  stage: Stage,
  upstreamUrl: string,
  upstreamCaFile?: string,
): Promise<TargetProcess> {
  const { manifest, name, folder = target.cwd } = target
  const how = manifest.target
  const canary = `sk-canary-${randomBytes(12).toString('hex')}`
  try {
    checkUpstream(upstreamPortOf(manifest), upstreamUrl)
    if ('url' in how) return runningTarget(how.url, canary)
    const environmentAt = (listenPort: number, secret: string): Record<string, string> =>
      contractEnvironment(manifest, stage.trace, (ms) => stage.scaled(ms), {
        upstreamUrl,
        listenHost: HOST,
        listenPort,
        canary: secret,
        upstreamCaFile,
      })
    if ('module' in how) return await startModule(how, folder, environmentAt(0, canary), canary)
    const start = async (): Promise<TargetProcess> => {
      const port = manifest.ready?.by === 'tcp' ? await choosePort(HOST) : 0
      return await startCommand({ target, how, stage, environment: environmentAt(port, canary), port, canary })
    }
    // All that a process is told, but for what differs with every start.
    return how.isolation === 'reused'
      ? await reuseProcess(`${folder}/${name} ${JSON.stringify(environmentAt(0, ''))}`, start)
      : await start()
  } catch (error) {
    throw new TargetStartError(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

/** A target that was told its upstream once must find it there. */
function checkUpstream(port: number | undefined, upstreamUrl: string): void {
  if (port === undefined || new URL(upstreamUrl).port === String(port)) return
  throw new Error(`the target has its upstream at port ${port}, and this trace has it elsewhere`)
}

function runningTarget(url: string, canary: string): TargetProcess {
  return {
    port: Number(new URL(url).port),
    versions: {},
    canary,
    exited: () => undefined,
    stop: () => Promise.resolve(),
  }
}
