import { isDeepStrictEqual } from 'node:util'
import { IDLE_TIMEOUT_MS } from './cases.ts'
import { judgeHttpx } from './judge-httpx.ts'
import { judgeSdk } from './judge-sdk.ts'
import { limitOf } from './limits.ts'
import type { Cell, HttpxCell } from './run-adapter.ts'

/** What a cell came to. */
export interface Judgement {
  /** For the table. */
  readonly word: string
  /** What does not hold; empty if all is well. */
  readonly wrong: readonly string[]
}

export function judge(cell: Cell): Judgement {
  const { word, wrong } = isHttpx(cell) ? judgeHttpx(cell) : judgeSdk(cell)
  return { word, wrong: [...wrong, ...attestationOf(cell)] }
}

function isHttpx(cell: Cell): cell is HttpxCell {
  return 'path' in cell.client
}

/** What does not hold of the fault itself: the upstream has to have done what the case says, in this order. */
function attestationOf({ client, case: name, played, refusedWith }: Cell): string[] {
  const { steps, silentMs = 0 } = played
  // By the next turn of a client that runs tools, or that has the listed limit.
  const goesOn = name === 'healthy' ? 'runsTools' in client && client.runsTools : limitOf(client.id, name) !== undefined
  const expected = [...STEPS[name], ...(goesOn ? ['second answer'] : [])]
  const wrong: string[] = []
  if (!isDeepStrictEqual(steps, expected)) wrong.push(`the upstream did: ${steps.join(', ') || 'nothing'}`)
  if (name === 'stalled' && silentMs < IDLE_TIMEOUT_MS) wrong.push(`the idle clock was early: ${silentMs} ms`)
  if (name === 'refused' && refusedWith !== 'ECONNREFUSED') wrong.push(`the port did not refuse: ${refusedWith}`)
  return wrong
}

const STEPS: Readonly<Record<Cell['case'], readonly string[]>> = {
  healthy: ['whole answer'],
  'mid-text': ['half an answer', 'client has it', 'RST'],
  'mid-tool': ['half an answer', 'client has it', 'FIN'],
  'open-tool': ['half an answer', 'client has it', 'FIN'],
  stalled: ['half an answer', 'client has it', 'adapter left'],
  refused: [],
}
