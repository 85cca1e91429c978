import type { Behaviour } from './behaviours.ts'
import { playWhole } from './behaviours-whole.ts'
import type { Turn } from './turn.ts'

async function refuse(turn: Turn, headers: Readonly<Record<string, string>>): Promise<void> {
  const error = { type: 'request_too_large', message: `Too large [${turn.id}]`, code: 413, status: 'INVALID_ARGUMENT' }
  turn.attest()
  await turn.plain({ 'content-type': 'application/json', ...headers }, JSON.stringify({ type: 'error', error }))
}

/** Behaviours that begin with the head of a request, before its body is read; all others read it first. */
export const UPLOADS = {
  'early-answer': {
    weight: 1.5,
    async play(turn) {
      turn.declare('status', 413)
      await refuse(turn, {})
      await turn.connection.readBody()
    },
  },
  'early-stream': {
    weight: 1.5,
    async play(turn) {
      await playWhole(turn)
      await turn.connection.readBody()
    },
  },
  'early-close': {
    weight: 1.5,
    async play(turn) {
      turn.declare('unsure', 413) // the reset for what was not read may overtake the answer
      await refuse(turn, { connection: 'close' })
      turn.connection.socket.destroySoon()
    },
  },
  'reset-uploading': {
    weight: 1,
    async play(turn) {
      turn.declare('none', 0)
      await turn.moment()
      turn.reset()
    },
  },
  'never-reads': {
    weight: 1,
    async play(turn) {
      turn.declare('none', 0)
      turn.attest()
      await turn.exchange.over.promise // a connection that is not read does not tell that it was closed
      turn.connection.socket.destroy()
    },
  },
} satisfies Record<string, { readonly weight: number; readonly play: Behaviour }>
