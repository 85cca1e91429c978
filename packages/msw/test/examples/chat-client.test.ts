import { assertKeepsPartial, assertReadable, assertSettles, replay } from '@stopbit/msw'
import { loadTrace } from '@stopbit/traces/data'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ask } from './chat-client.ts'

const url = 'https://chat.example/api'
const server = setupServer()
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

/** What the person sees. */
function createView() {
  const shown = { text: '', message: '' }
  return {
    shown,
    showText: (text: string) => void (shown.text = text),
    showMessage: (message: string) => void (shown.message = message),
  }
}

const CUTS = ['ending:rst', 'ending:fin', 'ending:eof', 'ending:stall']

test.each(CUTS)('an answer that is cut in its text by %s is kept, and the person is told', async (permutation) => {
  const trace = await loadTrace('anthropic/cut-in-text')
  server.use(replay(trace, { url, permutation, scale: 0 }))
  const view = createView()

  await assertSettles(ask('Why?', { url, silenceMs: 300 }, view), 3_000)

  assertKeepsPartial(view.shown.text, trace)
  assertReadable(view.shown.message)
})

test.each(['anthropic/rst-before-head', 'anthropic/connect-refused', 'anthropic/status-429'])(
  'when no answer comes, as in %s, the person is told',
  async (id) => {
    server.use(replay(await loadTrace(id), { url }))
    const view = createView()

    await assertSettles(ask('Why?', { url, silenceMs: 300 }, view), 3_000)

    expect(view.shown.text).toBe('')
    assertReadable(view.shown.message)
  },
)

test('a healthy answer is shown whole, without a message', async () => {
  server.use(replay(await loadTrace('anthropic/complete-crlf'), { url, scale: 0 }))
  const view = createView()

  await assertSettles(ask('Why?', { url, silenceMs: 300 }, view), 3_000)

  expect(view.shown.text).not.toBe('')
  expect(view.shown.message).toBe('')
})
