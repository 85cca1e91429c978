// The load generator: raw HTTP/1.1 clients that read every byte. Started by the runner, told by IPC.
import { runJob, type LoadJob, type Measurement } from './run-job.ts'

export type LoadReply =
  | { readonly reply: 'measured'; readonly measurement: Measurement }
  | { readonly reply: 'failed'; readonly reason: string }

process.on('message', (job: LoadJob) => {
  runJob(job).then(
    (measurement) => answer({ reply: 'measured', measurement }),
    (error: unknown) => answer({ reply: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function answer(reply: LoadReply): void {
  // A runner that is gone needs no answer.
  process.send?.(reply, undefined, undefined, () => undefined)
}
