import { judgeEachExchange, type Judge } from './finding.ts'

/** HANG-1: the client's wait was ended by the target and not by the runner's clock (`client-script.ts`). */
export const judgeHang1: Judge = judgeEachExchange(({ exchange: { ending } }) => {
  if (ending.kind === 'hang')
    return `still open ${Math.round(ending.waitedMs)} ms after the request, past every limit and the grace`
  return ending.kind === 'open' ? 'was still open when the trace was over' : undefined
})
