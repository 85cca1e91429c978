import { setupWorker } from 'msw/browser'
import { replayAll } from '../../src/index.ts'

/** What `fetch` of the browser made of one exchange. */
export interface PageReading {
  readonly status: number | undefined
  readonly text: string
  /** `closed`, `hang`, or the error's name and message. */
  readonly end: string
}

declare global {
  interface Window {
    /** Set by the test: hears of all that was read. */
    noteRead: (url: string, bodyBytes: number) => Promise<void>
    startReplay: (timing: { readonly scale: number; readonly barrierMs: number }) => Promise<void>
    read: (url: string, limitMs: number) => Promise<PageReading>
  }
}

Object.assign(globalThis, {
  async startReplay(timing: { readonly scale: number; readonly barrierMs: number }): Promise<void> {
    const worker = setupWorker(replayAll({ url: 'https://replay.test', ...timing }))
    await worker.start({ quiet: true, onUnhandledFrame: 'bypass' })
  },

  async read(url: string, limitMs: number): Promise<PageReading> {
    const seen = { status: undefined as number | undefined, text: '' }
    const limit = new Promise<string>((resolve) => setTimeout(() => resolve('hang'), limitMs))
    const end = await Promise.race([readTo(url, seen), limit])
    return { ...seen, end }
  },
})

async function readTo(url: string, seen: { status: number | undefined; text: string }): Promise<string> {
  try {
    // Plain text needs no preflight, which no trace answers.
    const response = await fetch(`${url}/v1/any`, { method: 'POST', body: '{}' })
    seen.status = response.status
    const { origin } = new URL(url)
    void window.noteRead(origin, 0)
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    for (let bytes = 0; reader !== undefined;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
      seen.text += decoder.decode(value, { stream: true })
      void window.noteRead(origin, bytes)
    }
    return 'closed'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}
