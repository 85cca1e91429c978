import type { Mark } from '../play/timeline.ts'

/** Virtual time as people say it. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`
  return `${Number((ms / 60_000).toFixed(1))} min`
}

/** A number of bytes as people say it. */
export function size(bytes: number): string {
  if (bytes === 1) return '1 byte'
  if (bytes < 10_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`
}

/** Events by name, the first few of them; without a whole one, how much it was. */
function eventList(events: readonly string[], byteLength: number, most = 6): string {
  if (events.length === 0) return `${size(byteLength)}, no whole event`
  const named = events.slice(0, most).join(', ')
  return events.length > most ? `${named} and ${events.length - most} more` : named
}

/** What happened, as a sentence for those who read the timeline instead of looking at it. */
export function sentence(mark: Mark, proxy: string): string {
  switch (mark.lane) {
    case 'upstream':
      return upstreamSentence(mark)
    case 'proxy':
      return proxySentence(mark, proxy)
    case 'client':
      return clientSentence(mark, proxy)
  }
}

function upstreamSentence(mark: Mark & { readonly lane: 'upstream' }): string {
  switch (mark.kind) {
    case 'request':
      return `The upstream has the request${mark.reused ? ', on a connection that is used again' : ''}.`
    case 'head':
      return `The upstream answers ${mark.status}.`
    case 'bytes':
      return `The upstream sends ${eventList(mark.events, mark.bytes.byteLength)}.`
    case 'end':
      return mark.fault
        ? 'The upstream ends its body in good order, in the middle of the answer.'
        : 'The upstream ends its body.'
    case 'fin':
      return `The upstream closes the connection (FIN).`
    case 'rst':
      return `The upstream resets the connection (RST).`
    case 'refused':
      return 'The upstream refuses the connection.'
    case 'silent':
      return 'The upstream falls silent and keeps the connection open.'
    case 'left':
      return 'The proxy closes the connection to the upstream.'
  }
}

function proxySentence(mark: Mark & { readonly lane: 'proxy' }, proxy: string): string {
  switch (mark.kind) {
    case 'attempt':
      return mark.attempt === 1
        ? `${proxy} sends the request on.`
        : `${proxy} sends the request again, attempt ${mark.attempt}.`
    case 'holds':
      return `${proxy} holds back ${size(mark.byteLength)}.`
    case 'stall':
      return `${proxy} tells the operator of ${duration(mark.silentMs)} of silence.`
    case 'retry':
      return `${proxy} will try again after ${mark.why}, ${mark.delayMs === 0 ? 'at once' : `in ${duration(mark.delayMs)}`}.`
    case 'fault':
      return mark.limit === undefined
        ? `${proxy} classifies the failure: ${mark.fault}.`
        : `${proxy} ends the silence: ${mark.fault}, by the limit ${mark.limit}.`
  }
}

function clientSentence(mark: Mark & { readonly lane: 'client' }, proxy: string): string {
  switch (mark.kind) {
    case 'request':
      return `The client sends POST ${mark.path}.`
    case 'head':
      return `The client gets the status ${mark.status}.`
    case 'bytes': {
      const what = eventList(mark.events, mark.bytes.byteLength)
      if (mark.heartbeat) return `The client gets a heartbeat of ${proxy}: ${what}.`
      return mark.origin === 'upstream' ? `The client gets ${what}.` : `The client gets, written by ${proxy}: ${what}.`
    }
    case 'whole':
      return 'The response ends, and its framing is whole.'
    case 'cut':
      return "The client's connection is lost in the middle of the response."
    case 'gone':
      return 'The client leaves.'
    case 'hangs':
      return 'The client still waits.'
  }
}
