import { resolveRequest } from '@stopbit/traces'
import { openClientConnection } from './client-connection.ts'
import { CONTROL_ID } from './exchange-id.ts'
import type { Stage } from './stage.ts'
import { controlAnswer } from './control-answer.ts'

/** How long the control request may take, not scaled. */
const CONTROL_TIMEOUT_MS = 5_000

/** Whether the target still does its work, on a fresh connection, after the trace. */
export type ControlResult = { readonly alive: true } | { readonly alive: false; readonly because: string }

/** Sends a plain JSON request and compares the answer's body. Never rejects. */
export async function sendControlRequest(stage: Stage, port: number, path: string): Promise<ControlResult> {
  try {
    const connection = await openClientConnection(port, stage, CONTROL_ID, stage.window(CONTROL_TIMEOUT_MS))
    try {
      const request = resolveRequest({ path, preset: 'anthropic-messages/json' })
      const exchange = connection.send(request, CONTROL_ID)
      await stage.board.until(() => exchange.ending.kind !== 'open', stage.window(CONTROL_TIMEOUT_MS))
      const body = Buffer.concat(exchange.bodyParts).toString()
      if (exchange.ending.kind !== 'complete')
        return { alive: false, because: `the control request ended as ${exchange.ending.kind}` }
      if (exchange.head?.status !== 200)
        return { alive: false, because: `the control request got status ${exchange.head?.status}` }
      return body === controlAnswer(stage.controlMark).body
        ? { alive: true }
        : { alive: false, because: `the control answer was changed: ${JSON.stringify(body.slice(0, 120))}` }
    } finally {
      connection.destroy()
    }
  } catch (error) {
    return {
      alive: false,
      because: `the control request could not be sent (${(error as NodeJS.ErrnoException).code ?? 'no code'})`,
    }
  }
}
