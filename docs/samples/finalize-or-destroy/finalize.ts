/** What a client of Anthropic's API understands, whatever was sent before. Nothing may follow it. */
export const CUT: string = [
  'event: error',
  `data: ${JSON.stringify({
    type: 'error',
    error: { type: 'api_error', message: 'The model API stopped before the response was complete. Try again.' },
  })}`,
  '\n',
].join('\n')

/** Hands on whole events as they come. If the stream's own end is missing, the error event comes in its place. */
export async function* finalize(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let held = ''
  try {
    for await (const bytes of body) {
      held += decoder.decode(bytes, { stream: true })
      const end = held.lastIndexOf('\n\n')
      if (end === -1) continue
      const events = held.slice(0, end + 2)
      held = held.slice(end + 2)
      yield events
      if (/^event: (message_stop|error)$/m.test(events)) return // do not wait for the connection's end
    }
  } catch {
    // Write the error into your log. What is in it is not for the client.
  }
  yield CUT // a reset, a FIN and a clean end alike; what is held was never whole
}
