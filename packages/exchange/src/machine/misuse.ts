import { createFault } from '@stopbit/faults'
import { leaveIncomplete } from './close.ts'
import type { Core } from './core.ts'
import { giveUp } from './end-answer.ts'

/**
 * What an application around an adapter may have done, so that its exchange cannot be carried.
 *
 * - `body-consumed`: the request's body was read before, and not handed on.
 * - `body-unusable`: what was handed on in its place is neither bytes nor text, or asking for it threw; or what is read of the
 *   request itself is no bytes.
 * - `response-begun`: a response was begun before.
 */
export type Misuse = 'body-consumed' | 'body-unusable' | 'response-begun'

/** For the developer. The client reads that of an internal fault, which sends it to the operator. */
const SENTENCES: Readonly<Record<Misuse, string>> = {
  'body-consumed':
    'The body of the request was read before it came to Stopbit, by a body parser most likely. Put Stopbit before the parser, or keep the raw body and hand it on with the option "body".',
  'body-unusable':
    'The option "body" threw, or gave something else than a Uint8Array or a string; or the request itself no longer yields bytes, as after setEncoding(). Give the body as it came over the wire, not what was made of it.',
  'response-begun':
    'The response had begun before the request came to Stopbit. Look for middleware that answers and then calls next().',
}

/** The application has left nothing to relay, or nothing to relay to. */
export function refuseMisuse(core: Core, misuse: Misuse): void {
  const { phase, record } = core
  if (phase.phase !== 'asking' || phase.step !== 'accepting') return
  const fault = createFault('internal')
  record.note({ misuse: SENTENCES[misuse], fault })
  if (misuse === 'response-begun') leaveIncomplete(core, fault)
  else giveUp(core, fault)
}
