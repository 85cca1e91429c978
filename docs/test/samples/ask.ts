import { createParser } from 'eventsource-parser'

/** What a client sees of one answer. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Waits until what came matches; rejects if no more is to come. */
  readonly until: (text: string) => Promise<void>
  /** The end: all text, and the runtime's error if the connection broke. */
  readonly end: Promise<{ readonly text: string; readonly error: unknown }>
}

const REQUEST = { model: 'claude', stream: true, max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] }

/** Asks a sample for a stream, as a client of Anthropic's API does. Rejects if there is no response. */
export async function ask(url: string): Promise<Answer> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(REQUEST),
  })
  let text = ''
  let isOver = false
  let arrived = Promise.withResolvers<void>()
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  const read = async (): Promise<{ text: string; error: unknown }> => {
    let error: unknown
    try {
      for await (const bytes of response.body ?? []) {
        text += Buffer.from(bytes).toString()
        wake()
      }
    } catch (thrown) {
      error = thrown
    }
    isOver = true
    wake()
    return { text, error }
  }
  return {
    status: response.status,
    headers: response.headers,
    end: read(),
    async until(pattern) {
      while (!text.includes(pattern)) {
        if (isOver) throw new Error(`The answer ended before "${pattern}": ${text}`)
        await arrived.promise
      }
    },
  }
}

/** The types of the events in a body, as the standard reads them; `broken` where the data is no JSON. */
export function typesOf(text: string): string[] {
  const types: string[] = []
  const parser = createParser({
    onEvent({ event, data }) {
      try {
        JSON.parse(data)
        types.push(event ?? 'message')
      } catch {
        types.push('broken')
      }
    },
  })
  parser.feed(text)
  return types
}
