import { setImmediate as nextTurn } from 'node:timers/promises'
import { chunk, LAST_CHUNK, STREAM_HEAD, type UpstreamRequest } from './raw-upstream.ts'
import { CALLERS, type Caller } from './sdk-callers.ts'

/** What may happen to a stream. */
export type CaseName = 'healthy' | 'before-data' | 'mid-text' | 'tool' | 'clean-end' | 'stalled' | 'refused' | 'aborted'

/** What the upstream of the tests does, by the first segments of the path, `/<case>/<number of the caller>`. */
export function createScript(hasHalf: (path: string) => Promise<void>): (request: UpstreamRequest) => Promise<void> {
  const counts = new Map<string, number>()
  return async ({ socket, head }) => {
    const [, path = '', name = '', number = ''] = /^\w+ (\/([\w-]+)\/(\d+))/.exec(head) ?? []
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    const { stream, openTool = [] } = CALLERS[Number(number)] as Caller
    const send = (events: readonly string[], end = ''): void =>
      void socket.write(Buffer.concat([Buffer.from(STREAM_HEAD), chunk(events.join('')), Buffer.from(end)]))
    switch (name as CaseName) {
      case 'healthy':
        return send(stream.events, LAST_CHUNK)
      case 'before-data':
        if (count > 1) return send(stream.events, LAST_CHUNK)
        send(stream.events.slice(0, stream.opening))
        return void socket.end()
      case 'mid-text':
        send(stream.events.slice(0, stream.midText))
        await hasHalf(path)
        await nextTurn() // what the caller said is through
        return void socket.resetAndDestroy()
      case 'tool':
        send(openTool)
        await hasHalf(path)
        await nextTurn()
        return void socket.end()
      case 'clean-end':
        return send(stream.events.slice(0, stream.midText), LAST_CHUNK)
      case 'stalled':
      case 'aborted':
        return send(stream.events.slice(0, stream.midText))
      case 'refused':
        throw new Error('nobody listens there')
      default:
        throw new Error(`no such case: ${path}`)
    }
  }
}
