import { connect } from 'node:tls'
import { ca, isSecure, limitConnect, type AskEvents, type Asked, type Question } from './question.ts'
import { upstreamUrl } from './settings.ts'
import { askHttp1, keepForHttp1 } from './upstream-http1.ts'
import { askHttp2, openSession } from './upstream-http2.ts'

/** What ALPN said the last time. */
let protocol: 'unknown' | 'http1' | 'http2' = 'unknown'

/** Asks over HTTP/2 where the upstream chooses it, otherwise over HTTP/1.1. */
export function ask(question: Question, events: AskEvents): Asked {
  if (!isSecure || protocol === 'http1') return askHttp1(question, events)
  const under = protocol === 'http2' ? askHttp2(question, events) : undefined
  return under ?? askOnNewConnection(question, events)
}

/** The first connection asks which protocol is spoken, and is then used. */
function askOnNewConnection(question: Question, events: AskEvents): Asked {
  const socket = connect({
    host: upstreamUrl.hostname,
    port: Number(upstreamUrl.port),
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(ca === undefined ? {} : { ca }),
  })
  limitConnect(socket, events.onLate)
  const fail = (error: Error): void => events.onError(error, false)
  let asked: Asked = { giveUp: (error) => void socket.destroy(error ?? new Error('given up')) }
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    protocol = socket.alpnProtocol === 'h2' ? 'http2' : 'http1'
    if (protocol === 'http2') openSession(socket)
    else keepForHttp1(socket)
    asked = (protocol === 'http2' ? askHttp2(question, events) : undefined) ?? askHttp1(question, events)
  })
  return { giveUp: (error) => asked.giveUp(error) }
}
