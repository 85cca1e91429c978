import type { DialectRules } from '../dialect.ts'
import { isText, field, fieldAt } from '../json-field.ts'

/** A body of which nothing is known: it has no end of its own, so that only its framing can tell whether it is whole. */
export const opaque: DialectRules = {
  meaningsOf: (events) => events.map(() => 'other'),
  isHeartbeat: () => false,
  isSentinel: () => false,
  isStopped: () => false,
  isOneEnding: () => false,
  goesOnAfterTerminal: true,
  failureStatuses: [500, 502, 503, 504],
  isErrorBody: (body) => isText(fieldAt(body, 'error', 'message')) || isText(field(body, 'error')),
  openToolCalls: () => [],
  changesToolCall: () => undefined,
  hasModelData: () => false,
  grammarProblem: () => undefined,
}
