import type { ProxyDialect } from '../dialects.ts'
import { at, textAt } from '../stream-state.ts'

export const gemini: ProxyDialect = {
  note(state, { data }) {
    if (Boolean(at(data, 'error')) || typeof at(data, 'promptFeedback', 'blockReason') === 'string')
      state.terminal = true
    const candidates = at(data, 'candidates')
    for (const candidate of Array.isArray(candidates) ? (candidates as unknown[]) : []) {
      const reason = at(candidate, 'finishReason')
      if (typeof reason === 'string' && reason !== 'CONTINUATION') state.finished.add(textAt(candidate, 'index') || '0')
    }
    if (state.finished.size >= state.asked) state.terminal = true
  },
  sentinel: () => undefined,
  error: (_, message) => `data: ${errorJson(503, message)}\n\n`,
  errorBody: errorJson,
  heartbeat: () => ': waiting\n\n',
  endsWithResponse: true,
  lies: {
    success: ({ asked, finished }) => {
      const open = Array.from({ length: asked }, (_, index) => index).filter((index) => !finished.has(String(index)))
      const candidates = open.map((index) => ({
        content: { role: 'model', parts: [{ text: '' }] },
        finishReason: 'STOP',
        index,
      }))
      return `data: ${JSON.stringify({ candidates })}\n\n`
    },
    words: () =>
      `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts: [{ text: 'Sorry, the connection was lost.' }] }, index: 0 }] })}\n\n`,
    brokenGrammar: () => 'event: ping\ndata: {"usageMetadata":{}}\n\n',
  },
}

function errorJson(code: number, message: string): string {
  return JSON.stringify({ error: { code, message, status: code === 504 ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE' } })
}
