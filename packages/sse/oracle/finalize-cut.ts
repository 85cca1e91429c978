import { createFault } from '@stopbit/faults'
import type { Dialect, Ending, EndingPolicy } from '../src/index.ts'
import { createFinalizer } from '../src/finalizer/create-finalizer.ts'
import { readRequestFacts } from '../src/request-facts.ts'
import type { EncodedStream } from './streams/cut-facts.ts'
import type { CanonicalRequest } from './streams/stream.ts'

/** In which pieces bytes travel: all at once, in pieces of so many bytes, or as they were written. */
type Chunking = 'whole' | 'as-written' | number

/** One way to deliver and to cut a stream. */
export interface Delivery {
  readonly upstream: Exclude<Chunking, 'as-written'>
  readonly downstream: Chunking
  /** What the finalizer is told about the end: a reset connection, or a clean end of the body. */
  readonly end: 'body-reset' | 'clean'
}

/** What a client receives of a cut stream, and what the finalizer says of it. */
export interface FinalizedCut {
  readonly chunks: readonly Uint8Array[]
  readonly ending: Ending
}

const encoder = new TextEncoder()

/** Names the exchange in every closing of the oracle. */
const REQUEST_ID = 'req_oracle'

/** Sends the first `cut` bytes of a stream through our finalizer, the way an adapter does. */
export function finalizeCut(
  dialect: Dialect,
  encoded: EncodedStream,
  { cut, delivery, policy }: { readonly cut: number; readonly delivery: Delivery; readonly policy: EndingPolicy },
): FinalizedCut {
  const request = readRequestFacts(bodyOf(encoded.stream.request))
  const finalizer = createFinalizer({ dialect, request, requestId: REQUEST_ID, ending: policy })
  const written: Uint8Array[] = []
  const write = (bytes: Uint8Array): void => void written.push(bytes)
  for (const chunk of split(encoded.bytes.subarray(0, cut), delivery.upstream)) {
    if (finalizer.push(chunk, write) !== 'open') break
  }
  const { ending, bytes } = finalizer.end(delivery.end === 'clean' ? undefined : createFault(delivery.end))
  if (bytes.byteLength > 0) written.push(bytes)
  return { chunks: rechunk(written, delivery.downstream), ending }
}

/** The body that asks for a canonical stream. The fields of all dialects together: each API has other names. */
function bodyOf({ answerCount, includesUsage, hasTools }: CanonicalRequest): Uint8Array {
  const body = {
    model: 'canonical',
    stream: true,
    ...(answerCount !== undefined && { n: answerCount, generationConfig: { candidateCount: answerCount } }),
    ...(includesUsage && { stream_options: { include_usage: true } }),
    ...(hasTools && { tools: [{ name: 'get_weather' }] }),
  }
  return encoder.encode(JSON.stringify(body))
}

function rechunk(written: readonly Uint8Array[], chunking: Chunking): readonly Uint8Array[] {
  return chunking === 'as-written' ? written : split(Buffer.concat(written), chunking)
}

function split(bytes: Uint8Array, chunking: 'whole' | number): Uint8Array[] {
  const size = chunking === 'whole' ? Math.max(bytes.byteLength, 1) : chunking
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}
