import { FAULTS } from '@stopbit/faults'
import type { ErrorCause, ErrorResponse } from '../dialect.ts'

/** A plain JSON error, in the shape that most HTTP APIs share. */
export function errorResponse(cause: ErrorCause, requestId: string): ErrorResponse {
  const { status, sentence, type } =
    'refusal' in cause
      ? { ...cause.refusal, type: 'request_refused' }
      : { ...FAULTS[cause.fault.kind], type: cause.fault.kind }
  return {
    status,
    headers: ['content-type', 'application/json', 'x-request-id', requestId],
    body: JSON.stringify({ error: { type, message: sentence }, request_id: requestId }),
  }
}
