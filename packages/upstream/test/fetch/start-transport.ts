import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect } from 'vitest'
import { createFetchTransport, type FetchTransport } from '../../src/fetch/index.ts'
import { startUpstream } from '../http-upstream.ts'
import { nextTurn } from '../recorder.ts'

export const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
export const GET = { method: 'GET', path: '/v1', headers: [], body: undefined } as const
export const chunk = (bytes: string | Uint8Array): Buffer => {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')])
}

export async function transportTo(answer: (socket: Socket, count: number) => unknown): Promise<FetchTransport> {
  const { port } = await startUpstream((socket, { count }) => answer(socket, count))
  return createFetchTransport({ url: new URL(`http://127.0.0.1:${port}`) })
}

/** Makes every test of a file fail if it has left a rejection that nobody handles. */
export function failOnUnhandledRejections(): void {
  const rejections: unknown[] = []
  const note = (error: unknown): void => void rejections.push(error)
  beforeEach(() => void process.on('unhandledRejection', note))
  afterEach(async () => {
    await nextTurn()
    process.off('unhandledRejection', note)
    expect(rejections.splice(0)).toEqual([])
  })
}
