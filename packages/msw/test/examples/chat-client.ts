import { EventSourceParserStream } from 'eventsource-parser/stream'

/** Where a chat shows what it has. */
export interface ChatView {
  showText(text: string): void
  showMessage(message: string): void
}

export interface ChatOptions {
  /** The chat's endpoint; it speaks Anthropic's protocol. */
  readonly url: string
  /** Longest silence of the server, in milliseconds. */
  readonly silenceMs: number
}

const NO_ANSWER = 'No answer came. Please ask again in a moment.'
const CUT = 'The answer broke off here. What arrived is kept, and you can ask again.'

/** Asks one question. Shows the answer as it comes, and one message at the end; never rejects, never waits for ever. */
export async function ask(question: string, { url, silenceMs }: ChatOptions, view: ChatView): Promise<void> {
  const silence = new AbortController()
  let clock = setTimeout(() => silence.abort(), silenceMs)
  let text = ''
  let isWhole = false
  try {
    const body = JSON.stringify({ question })
    const response = await fetch(url, { method: 'POST', body, signal: silence.signal })
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
    for await (const { data } of events) {
      clearTimeout(clock)
      clock = setTimeout(() => silence.abort(), silenceMs)
      const event = JSON.parse(data) as { type: string; delta?: { text?: string } }
      if (event.type === 'error') break
      if (event.type === 'message_stop') isWhole = true
      text += event.delta?.text ?? ''
      view.showText(text)
    }
  } catch {
    // What went wrong is for a log. The person is told below what it means for them.
  } finally {
    clearTimeout(clock)
  }
  // Only the protocol's own last event says that an answer is whole: a clean end says nothing.
  if (isWhole) view.showMessage('')
  else view.showMessage(text === '' ? NO_ANSWER : CUT)
}
