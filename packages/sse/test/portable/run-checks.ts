import { createFinalizer, DIALECTS, finalizeStream, type Dialect, type FinalizerOptions } from '@stopbit/sse'
import { CANONICAL_STREAMS } from '../../oracle/streams/all.ts'
import { encodeStream } from '../../oracle/streams/cut-facts.ts'
import type { CanonicalStream, DialectId } from '../../oracle/streams/stream.ts'

/** What the checks came to in one runtime. The digest covers every byte that came out, so that runtimes can be compared. */
export interface CheckReport {
  readonly checks: number
  readonly failures: readonly string[]
  readonly digest: string
}

/** Every so many bytes there is a cut. A prime, so that cuts fall everywhere in an event; the tests beside the source cut at every byte. */
const CUT_STEP = 19

/**
 * The finalizer's promises, and every byte that it writes, for the same input in every runtime: every canonical stream of
 * every dialect is cut again and again, in several chunkings.
 */
export async function runChecks(): Promise<CheckReport> {
  const failures: string[] = []
  let checks = 0
  let digest = 0x811c9dc5
  const check = (holds: boolean, claim: string): void => {
    checks++
    if (!holds && failures.length < 20) failures.push(claim)
  }
  for (const dialect of DIALECTS) {
    for (const stream of CANONICAL_STREAMS[dialect.id as DialectId] ?? []) {
      const { bytes } = encodeStream(stream)
      const options = optionsOf(dialect, stream)
      for (let cut = bytes.length; cut >= 0; cut -= CUT_STEP) {
        const upTo = bytes.subarray(0, cut)
        const [whole = '', ...others] = [cut, 7, cut % 50 === 0 ? 1 : 64].map((size) =>
          finalize(options, upTo, Math.max(1, size)),
        )
        const where = `${dialect.id}, ${stream.name}, cut at ${cut}`
        check(
          others.every((other) => other === whole),
          `${where}: the same in any chunking`,
        )
        check(cut < bytes.length || whole.startsWith(text(bytes)), `${where}: a healthy stream is unchanged`)
        digest = hash(digest, whole)
      }
      const ended = await new Response(finalizeStream(streamOf(bytes.subarray(0, -60)), options)).text()
      check(ended.length > bytes.length - 300, `${dialect.id}, ${stream.name}: finalizeStream() ends a web stream`)
      digest = hash(digest, ended)
    }
  }
  return { checks, failures, digest: (digest >>> 0).toString(16) }
}

function optionsOf(dialect: Dialect, { request }: CanonicalStream): FinalizerOptions {
  return { dialect, request: { stream: true, choiceCount: request.answerCount ?? 1 }, requestId: 'req_1' }
}

function finalize(options: FinalizerOptions, bytes: Uint8Array, size: number): string {
  const finalizer = createFinalizer(options)
  let out = ''
  const take = (chunk: Uint8Array): void => void (out += text(chunk))
  for (let at = 0; at < bytes.length; at += size) finalizer.push(bytes.slice(at, at + size), take)
  const { ending, bytes: closing } = finalizer.end()
  return `${out}${text(closing)}[${ending}]`
}

/** Bytes as text, one character each: nothing is lost, and nothing depends on where a character was cut. */
function text(bytes: Uint8Array): string {
  let characters = ''
  for (const byte of bytes) characters += String.fromCharCode(byte)
  return characters
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

/** FNV-1a, 32 bits. */
function hash(seed: number, characters: string): number {
  let value = seed
  for (let i = 0; i < characters.length; i++) value = Math.imul(value ^ characters.charCodeAt(i), 0x01000193)
  return value
}
