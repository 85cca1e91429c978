import { replay } from '@stopbit/msw'
import { loadTrace } from '@stopbit/traces/data'
import { setupWorker } from 'msw/browser'

/** Mocks the chat's API by the trace that the page's address names: `/?trace=anthropic/cut-in-text&permutation=ending:rst`. */
export async function startMocking(): Promise<void> {
  const query = new URLSearchParams(location.search)
  const id = query.get('trace')
  if (id === null) return
  const permutation = query.get('permutation') ?? undefined
  const worker = setupWorker(replay(await loadTrace(id), { url: '/api/chat', permutation, scale: 0, barrierMs: 100 }))
  await worker.start({ quiet: true, onUnhandledFrame: 'bypass' })
}
