import { judgeAlive1 } from './alive.ts'
import { judgeConn1, judgeConn2 } from './connection.ts'
import type { Judge } from './finding.ts'
import { judgeFmt1 } from './format.ts'
import { judgeHang1, judgeHang2, judgeHang3 } from './hang.ts'
import { judgeHonest1, judgeHonest2, judgeHonest3 } from './honest.ts'
import { judgeLeak1 } from './leak.ts'
import { judgeLive1 } from './live.ts'
import { judgeConn3 } from './next-response.ts'
import { judgeOutcome1 } from './outcome.ts'
import { judgeAlive2, judgeUp3 } from './pool.ts'
import { judgePrefix1 } from './prefix.ts'
import { judgeRaw1, judgeRaw2 } from './raw.ts'
import { judgeSse1 } from './sse-format.ts'
import { judgeSse2 } from './sse-grammar.ts'
import { judgeTerm1, judgeTerm2 } from './term.ts'
import { judgeUp1, judgeUp2, judgeUp4 } from './upstream.ts'

/** The judge of each invariant. */
export const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ['HANG-1', judgeHang1],
  ['HANG-2', judgeHang2],
  ['HANG-3', judgeHang3],
  ['LIVE-1', judgeLive1],
  ['RAW-1', judgeRaw1],
  ['RAW-2', judgeRaw2],
  ['LEAK-1', judgeLeak1],
  ['TERM-1', judgeTerm1],
  ['TERM-2', judgeTerm2],
  ['SSE-1', judgeSse1],
  ['SSE-2', judgeSse2],
  ['FMT-1', judgeFmt1],
  ['PREFIX-1', judgePrefix1],
  ['HONEST-1', judgeHonest1],
  ['HONEST-2', judgeHonest2],
  ['HONEST-3', judgeHonest3],
  ['UP-1', judgeUp1],
  ['UP-2', judgeUp2],
  ['UP-3', judgeUp3],
  ['UP-4', judgeUp4],
  ['CONN-1', judgeConn1],
  ['CONN-2', judgeConn2],
  ['CONN-3', judgeConn3],
  ['ALIVE-1', judgeAlive1],
  ['ALIVE-2', judgeAlive2],
  ['OUTCOME-1', judgeOutcome1],
])
