import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { LoadReply } from '../load/main.ts'
import type { LoadJob, Measurement } from '../load/run-job.ts'
import type { Work } from '../scenarios.ts'
import type { UpstreamCommand, UpstreamReply } from '../upstream/main.ts'
import type { Cores } from './cores.ts'
import { NoMeasurement } from './no-measurement.ts'
import { startProcess, stopProcess } from './start-process.ts'

/** The two programs that a proxy is put between. */
export interface Ends {
  readonly upstreamPid: number
  readonly upstreamUrl: string
  readonly upstreamTlsUrl: string
  /** PEM of the authority that has signed the upstream's certificate: itself. */
  readonly certificate: string
  /** From now on the upstream answers in this way, and only what belongs to the window that begins here. */
  serve(work: Work): Promise<void>
  /** Since `serve`: requests that came otherwise than they were sent, in a sentence. `undefined`: there are none. */
  wrongRequests(): Promise<string | undefined>
  measure(job: Omit<LoadJob, 'upstream' | 'window'>): Promise<Measurement>
  stop(): Promise<void>
}

/** A program that was just started has not read its first message yet. */
const START_MS = 20_000
/** Beyond what the load generator allows itself for a window. */
const PATIENCE_MS = 40_000

/** Starts upstream and load generator. Rejects if one does not start. */
export async function startEnds(cores: Cores): Promise<Ends> {
  const upstream = startNode('upstream/main.ts', cores.upstream)
  let load = startNode('load/main.ts', cores.load)
  let window = 0
  const tell = async (command: UpstreamCommand): Promise<UpstreamReply> =>
    (await ask(upstream, command, START_MS)) as UpstreamReply
  const { private: key, cert: certificate } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const listening = await tell({ command: 'listen', key, certificate })
  if (listening.reply !== 'listening') throw new Error('Cannot start the upstream')
  return {
    upstreamPid: upstream.pid ?? 0,
    upstreamUrl: `http://127.0.0.1:${listening.port}`,
    upstreamTlsUrl: `https://127.0.0.1:${listening.tlsPort}`,
    certificate,
    async serve(work) {
      await tell({ command: 'serve', work, window: ++window })
    },
    async wrongRequests() {
      const count = await tell({ command: 'count' })
      if (count.reply !== 'count' || count.wrongRequests === 0) return undefined
      return `${count.wrongRequests} requests with bytes that were never sent; the first had ${count.firstWrong}`
    },
    async measure(job) {
      try {
        const answer = (await ask(load, { ...job, upstream: upstream.pid, window }, PATIENCE_MS)) as LoadReply
        if (answer.reply === 'measured') return answer.measurement
        throw new NoMeasurement(answer.reason)
      } catch (error) {
        // Connections of a window that went wrong must not reach into the next one.
        await stopProcess(load)
        load = startNode('load/main.ts', cores.load)
        throw error
      }
    },
    async stop() {
      await Promise.all([stopProcess(upstream), stopProcess(load)])
    },
  }
}

function startNode(file: string, core: number | undefined): ChildProcess {
  const command = [process.execPath, join(import.meta.dirname, '..', file)]
  return startProcess(command, core, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

function ask(child: ChildProcess, message: object, patienceMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer)
      child.off('message', heard)
      child.off('exit', gone)
      then()
    }
    const heard = (answer: unknown): void => settle(() => resolve(answer))
    const gone = (): void => settle(() => reject(new Error('the program at one end has ended')))
    const late = (): void => settle(() => reject(new NoMeasurement(`no answer within ${patienceMs / 1000} s`)))
    const timer = setTimeout(late, patienceMs)
    child.on('message', heard)
    child.on('exit', gone)
    child.send(message, (error) => error !== null && settle(() => reject(error)))
  })
}
