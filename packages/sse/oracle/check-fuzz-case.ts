import { createFault } from '@stopbit/faults'
import type { Dialect, Ending } from '../src/index.ts'
import { createFinalizer } from '../src/finalizer/create-finalizer.ts'
import { splitAtRandom, type FuzzCase } from './fuzz-case.ts'
import type { Random } from './random.ts'

interface Finalized {
  readonly forwarded: Buffer
  readonly closing: Buffer
  readonly ending: Ending
}

/** Which invariant a case breaks, or `undefined`. */
export function checkFuzzCase(dialect: Dialect, fuzzCase: FuzzCase, random: Random): string | undefined {
  const { bytes } = fuzzCase
  const whole = finalize(dialect, fuzzCase, [bytes])
  const split = finalize(dialect, fuzzCase, splitAtRandom(bytes, random))
  const output = Buffer.concat([whole.forwarded, whole.closing])
  const splitOutput = Buffer.concat([split.forwarded, split.closing])
  if (comparable(output, fuzzCase) !== comparable(splitOutput, fuzzCase)) return 'another chunking makes another output'
  if (whole.ending !== split.ending) return 'another chunking makes another ending'
  if (!Buffer.from(bytes).subarray(0, whole.forwarded.byteLength).equals(whole.forwarded)) {
    return 'the output is no prefix of the input before its closing'
  }
  return checkAgain(dialect, fuzzCase, whole, output)
}

/** A finalized stream is whole: sent through once more it comes out as it went in, with the same kind of end. */
function checkAgain(dialect: Dialect, fuzzCase: FuzzCase, first: Finalized, output: Buffer): string | undefined {
  const again = finalize(dialect, { ...fuzzCase, bytes: output, fault: undefined }, [output])
  const outputAgain = Buffer.concat([again.forwarded, again.closing])
  if (isFailure(first.ending) !== isFailure(again.ending)) return `${first.ending} reads as ${again.ending}`
  const [before, behind] = [output, outputAgain].map((bytes) =>
    trimEmptyLines(withoutFailed(comparable(bytes, fuzzCase))),
  )
  if (before !== behind) return 'a second pass changes the output'
  return undefined
}

/** Where lines end now this way, now that, which of them a closing takes up is left to it. */
function comparable(output: Buffer, { isMixed }: FuzzCase): string {
  const text = output.toString('latin1')
  return isMixed ? text.replaceAll(/\r\n|\r/g, '\n') : text
}

/**
 * Without the last event if it is `response.failed`. Responses clients need one behind an error, and it is the one event
 * that is said anew by each pass: with the words of that pass.
 */
function withoutFailed(output: string): string {
  return output.replace(/event: ?response\.failed(?:\r\n|\n|\r)data: [^\r\n]*(?:\r\n|\n|\r){2}$/, '')
}

/** A terminal event whose empty line was missing may get one too many: no client sees an empty line. */
function trimEmptyLines(output: string): string {
  return output.replace(/[\r\n]+$/, '')
}

function isFailure(ending: Ending): boolean {
  return ending === 'error' || ending === 'kept-partial'
}

function finalize(
  dialect: Dialect,
  { policy, fault, answerCount }: FuzzCase,
  chunks: readonly Uint8Array[],
): Finalized {
  const request = { stream: true, choiceCount: answerCount }
  const finalizer = createFinalizer({ dialect, request, requestId: 'req_fuzz', ending: policy })
  const forwarded: Uint8Array[] = []
  for (const chunk of chunks) finalizer.push(chunk, (bytes) => void forwarded.push(bytes))
  const { ending, bytes } = finalizer.end(fault === undefined ? undefined : createFault(fault))
  return { forwarded: Buffer.concat(forwarded), closing: Buffer.from(bytes), ending }
}
