import { expandTrace } from './expand-trace.ts'
import { lintClocks } from './lint-clocks.ts'
import { lintStructure } from './lint-structure.ts'
import { lintVariants } from './lint-variants.ts'
import { bodyBytesBeforeFault } from './resolve-send.ts'
import type { Trace } from './trace.ts'

/**
 * Checks what a schema cannot: the file's place, the check sums, the clocks, the provenance, the sense of the scripts.
 *
 * `filePath` uses forward slashes and ends with `<group>/<slug>.trace.json`. Resolves to one sentence per problem, the path in
 * the document first; empty when the trace is sound. Never rejects for a trace that `parseTrace` returned.
 */
export async function lintTrace(trace: Trace, filePath: string): Promise<string[]> {
  return [
    ...lintPlace(trace, filePath),
    ...lintProvenance(trace),
    ...(await lintCheck(trace)),
    ...lintPermutations(trace),
  ]
}

/** What is wrong with one permutation is mostly wrong with all of them, and is said once. */
function lintPermutations(trace: Trace): string[] {
  const own = lintVariants(trace)
  if (own.length > 0) return own
  const { cuts: _cuts, ...whole } = trace // where a body is cut changes neither the order of the steps nor a clock
  const played = expandTrace(whole).map((permutation) => permutation.trace)
  return [...new Set(played.flatMap((one) => [...lintStructure(one), ...lintClocks(one)]))]
}

/** The first 16 hex digits of the SHA-256 of `bytes`. Web Crypto, because it is the one SHA-256 that every runtime has. */
export async function sha256Hex16(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function lintPlace(trace: Trace, filePath: string): string[] {
  const place = filePath.split('/').slice(-2).join('/')
  return place === `${trace.id}.trace.json`
    ? []
    : [`id: "${trace.id}" belongs into ${trace.id}.trace.json, not ${place}`]
}

function lintProvenance({ provenance }: Trace): string[] {
  if (provenance.kind === 'synthetic') return []
  const isReviewed = (provenance.redaction?.reviewedBy.length ?? 0) > 0
  return [
    ...((provenance.sources?.length ?? 0) > 0
      ? []
      : [`provenance.sources: a ${provenance.kind} trace names its sources`]),
    ...(provenance.fidelity === undefined
      ? [`provenance.fidelity: a ${provenance.kind} trace says how true it is`]
      : []),
    ...(provenance.kind === 'recorded' && !isReviewed
      ? ['provenance.redaction.reviewedBy: a recorded trace names its reviewer']
      : []),
  ]
}

async function lintCheck(trace: Trace): Promise<string[]> {
  const body = bodyBytesBeforeFault(trace)
  if (trace.check === undefined)
    return body.length === 0 ? [] : [`check: is missing; the script sends ${body.length} body bytes`]
  const { bodyBytes, bodySha256_16 } = trace.check
  const digest = await sha256Hex16(body)
  return [
    ...(bodyBytes === body.length ? [] : [`check.bodyBytes: is ${bodyBytes}, the script sends ${body.length}`]),
    ...(bodySha256_16 === digest
      ? []
      : [`check.bodySha256_16: is ${bodySha256_16}, the script's bytes have ${digest}`]),
  ]
}
