const REFUSALS = {
  'not-configured': {
    status: 500,
    type: 'api_error',
    message: "This gateway is not set up. Its operator finds the reason in the worker's log.",
  },
  'no-token': {
    status: 401,
    type: 'authentication_error',
    message: "This gateway needs its token in the x-stopbit-token header. Ask the gateway's operator for it.",
  },
} as const

/** An answer of the worker's own, in a form that the SDKs of all APIs find the sentence in. */
export function refuse(why: keyof typeof REFUSALS): Response {
  const { status, type, message } = REFUSALS[why]
  return Response.json({ type: 'error', error: { type, message } }, { status })
}
