import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from './harness/client.ts'
import { RUNTIMES, startRuntime } from './harness/start-runtime.ts'
import { chunk, EVENTS, startUpstream, STREAM_HEAD, type UpstreamRequest } from './harness/upstream.ts'

const OFFERED_BYTES = 240e6
/** What is read before, so that the process has the size of one that works. */
const WARM_UP_BYTES = 24e6
/** What the system's socket buffers take on both sides, with room to spare. */
const BUFFERED_BYTES = 40e6
const PIECE = chunk((EVENTS[2] ?? '').repeat(400))

test.each(RUNTIMES)(
  '%s: 240 MB for a client that reads nothing grow the process by less than 16 MiB',
  async (name) => {
    const upstream = await startUpstream()
    onTestFinished(() => upstream.close())
    const runtime = await startRuntime(name, { UPSTREAM_URL: upstream.url, REFUSED_URL: upstream.url })
    onTestFinished(() => runtime.stop())
    const reader = ask(runtime.port, upstream.expect(offer(WARM_UP_BYTES, { bytes: 0 })).target)
    reader.socket.removeAllListeners('data').resume()
    await reader.over

    const before = runtime.residentBytes()
    const written = { bytes: 0 }
    const { target, request } = upstream.expect(offer(OFFERED_BYTES, written))
    ask(runtime.port, target).socket.pause()
    await request
    for (let last = -1; written.bytes > last; await sleep(300)) last = written.bytes // until nobody takes any more
    expect(written.bytes).toBeGreaterThan(PIECE.byteLength)
    expect(written.bytes).toBeLessThan(BUFFERED_BYTES)
    expect((runtime.residentBytes() - before) / 1024 / 1024).toBeLessThan(16)
  },
  20_000,
)

/** Offers so much of a running stream, as fast as it is taken, then dies. */
function offer(bytes: number, written: { bytes: number }): (request: UpstreamRequest) => Promise<void> {
  return async ({ socket, closed }) => {
    socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 2).join('')).toString('latin1'), 'latin1')
    while (written.bytes < bytes && !socket.destroyed) {
      if (!socket.write(PIECE)) await Promise.race([once(socket, 'drain'), closed])
      written.bytes += PIECE.byteLength
    }
    socket.destroy()
  }
}
