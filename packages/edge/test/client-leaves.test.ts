import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ask, handledBy } from './harness/client.ts'
import { RUNTIMES, type RuntimeName } from './harness/start-runtime.ts'
import { chunk, EVENTS, STREAM_HEAD, type Script } from './harness/upstream.ts'
import { useRuntime } from './harness/use-runtime.ts'

/**
 * workerd's own HTTP/1 listener does not look for the end of a connection while it writes nothing, and takes a half-closed one
 * for open. Behind Cloudflare's network that listener is not what clients talk to.
 */
const PLATFORM_LIMITS: Readonly<Partial<Record<RuntimeName, readonly (readonly [string, string])[]>>> = {
  workerd: [
    ['before the answer', 'close'],
    ['before the answer', 'half-close'],
    ['in a silence', 'close'],
    ['in a silence', 'half-close'],
    ['in a running answer', 'half-close'],
  ],
}

describe.each(RUNTIMES)('%s: a client that leaves', (name) => {
  const use = useRuntime(name)

  /** Where the upstream stands: it has not answered, has fallen silent within its answer, or goes on. */
  const standings: Readonly<Record<string, Script>> = {
    'before the answer': () => undefined,
    'in a silence': ({ socket }) => void socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join(''))),
    'in a running answer': ({ socket, closed }) => {
      socket.write(STREAM_HEAD + chunk(EVENTS.slice(0, 3).join('')))
      const beat = setInterval(() => socket.write(chunk(EVENTS[2] ?? '')), 50)
      void closed.then(() => clearInterval(beat))
    },
  }

  /** How long the upstream's connection is open after the client has gone; `undefined` if it is after a second. */
  async function closeAfter(
    standing: string,
    leave: 'reset' | 'close' | 'half-close',
    handler: string,
  ): Promise<number | undefined> {
    const { target, request } = use.upstream.expect(standings[standing] ?? (() => undefined))
    const client = ask(use.runtime.port, target, handledBy(handler))
    const { closed, socket } = await request
    if (standing !== 'before the answer') await client.until('Gr')
    const leftAt = performance.now()
    if (leave === 'reset') client.socket.resetAndDestroy()
    else if (leave === 'close') client.socket.destroy()
    else client.socket.end()
    const isClosed = await Promise.race([closed.then(() => true), sleep(1_000, false)])
    const afterMs = performance.now() - leftAt
    if (handler === 'patient') expect(await use.recordOf(client)).toMatchObject({ ending: 'client-gone' })
    client.socket.destroy()
    socket.destroy()
    return isClosed ? afterMs : undefined
  }

  for (const standing of Object.keys(standings)) {
    for (const leave of ['reset', 'close', 'half-close'] as const) {
      const isUnseen = PLATFORM_LIMITS[name]?.some(([at, how]) => at === standing && how === leave) ?? false
      if (isUnseen) {
        test.concurrent(`${standing}, by ${leave}: the platform does not see it, also for a bare relay`, async () => {
          expect(await closeAfter(standing, leave, 'bare-relay')).toBeUndefined()
        })
      } else {
        test(`${standing}, by ${leave}: its upstream is closed within a second`, async () => {
          expect(await closeAfter(standing, leave, 'patient')).toBeLessThan(1_000)
        })
      }
    }
  }
})
