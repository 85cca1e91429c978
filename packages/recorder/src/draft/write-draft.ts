import {
  bodyBytesBeforeFault,
  REQUEST_PRESETS,
  sha256Hex16,
  type BarrierStep,
  type ClientStep,
  type Dialect,
  type Expectation,
  type Provenance,
  type RequestStep,
  type Trace,
  type UpstreamConnectionScript,
  type UpstreamStep,
} from '@stopbit/traces'
import { tracePathOf } from '../dialects.ts'
import { judgeRecording, streamFactsOf, type Finding } from '../judge-recording.ts'
import { bodyOf, headOf, type Recording } from '../recording.ts'
import { REDACTION_RULES } from '../redact/redact-recording.ts'
import { RECORDER } from '../version.ts'
import { expectationOf, expectationOfRace, expectationOfWhole } from './expectation.ts'
import { limitsFor } from './limits-for.ts'
import { pause, SHORTEST_GAP_MS, stepsOfAnswer } from './steps-of.ts'

/** Of the suite: 2026.1 is frozen. */
const NEXT_RELEASE = '2026.2'

/** What a draft says beyond what was recorded. */
export interface DraftOptions {
  /** `<group>/<slug>`. */
  readonly id: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly stallMs?: number | undefined
  /** The answer's bodies were ours and are as they were. */
  readonly bodiesKept?: boolean | undefined
}

type Known = Exclude<Dialect, 'opaque'>
type Failure = Finding & { readonly kind: 'failed' }

const ELSE_MS = 3_000

/**
 * Writes a redacted recording as a trace: the client's script, the upstream's with the same bytes and pauses, barriers before
 * its end, the check sums, and what a proxy owes to its client there. Undefined when nothing failed and `all` is not asked
 * for, when the client left, or when the suite has no judge for the dialect. Lint then misses nothing but the reviewer.
 */
export async function writeDraft(
  recording: Recording,
  options: DraftOptions,
  all: boolean = false,
): Promise<Trace | undefined> {
  const finding = judgeRecording(recording, options.stallMs)
  const { dialect } = recording
  if (dialect === 'opaque' || finding.kind === 'client-left' || (finding.kind === 'whole' && !all)) return undefined
  const scripts = scriptsOf(recording, finding)
  const limits = limitsFor(scripts.flatMap(({ script }) => script))
  const trace: Trace = {
    format: 1,
    id: options.id,
    title: titleOf(recording, finding),
    since: NEXT_RELEASE,
    dialect,
    family: familyOf(recording, finding),
    ...(finding.kind === 'whole' && { tags: ['control'] }),
    requires: isRace(recording, finding) ? ['sse', 'upstream-keepalive'] : ['sse'],
    provenance: provenanceOf(recording, options),
    ...(limits !== undefined && { limits }),
    client: clientOf(recording, dialect, isRace(recording, finding)),
    upstream: { connections: scripts },
    expect: expectationFor(recording, finding),
  }
  const body = bodyBytesBeforeFault(trace)
  if (body.length === 0) return trace
  return { ...trace, check: { bodyBytes: body.length, bodySha256_16: await sha256Hex16(body) } }
}

/** The request met a kept connection that the upstream had closed, or was closing. */
function isRace({ before, end }: Recording, finding: Finding): boolean {
  const failedEarly = finding.kind === 'failed' && finding.where === 'before-head'
  return before !== undefined && failedEarly && (end.kind === 'fin' || end.kind === 'rst')
}

function expectationFor(recording: Recording, finding: Finding): Expectation {
  const stream = streamFactsOf(recording)
  if (finding.kind !== 'failed') return expectationOfWhole(stream, headOf(recording.answer)?.status ?? 0)
  return isRace(recording, finding) ? expectationOfRace() : expectationOf(finding, recording.dialect, stream)
}

function scriptsOf(recording: Recording, finding: Finding): UpstreamConnectionScript[] {
  if (recording.end.kind === 'refused') return [{ script: [{ do: 'refuse', fault: true }] }]
  const script = stepsOfAnswer(recording.answer)
  const end = finding.kind === 'failed' ? endOf(recording, finding, script) : []
  if (recording.before === undefined || !isRace(recording, finding))
    return [{ script: [{ do: 'read-request' }, ...script.steps, ...end] }]
  const earlier = stepsOfAnswer(recording.before.answer).steps
  return [
    { script: [{ do: 'read-request' }, ...earlier, { do: 'read-request', until: 'head' }, ...end] },
    { reuse: 'any', script: [{ do: 'read-request' }, ...earlier, { do: 'loop' }] },
  ]
}

/** The barrier that makes the end the same end each time, and the end. */
function endOf(
  { answer, end }: Recording,
  failure: Failure,
  script: { steps: UpstreamStep[]; atMs: number },
): UpstreamStep[] {
  const last = { steps: [] as UpstreamStep[], atMs: script.atMs }
  if (failure.how === 'stall') {
    const boundedBy = headOf(answer) === undefined ? 'headersTimeoutMs' : 'idleTimeoutMs'
    return [{ do: 'stall', boundedBy, fault: true }]
  }
  pause(last, end.atMs)
  const isWholeFraming = end.kind === 'framing'
  if (!isWholeFraming && failure.where !== 'before-head') last.steps.push(barrierFor(failure.where))
  last.steps.push(failure.how === 'reset' ? { do: 'rst', fault: true } : { do: 'fin', fault: true })
  return last.steps
}

function barrierFor(where: Failure['where']): BarrierStep {
  const until = where === 'mid-stream' || where === 'after-stop' || where === 'after-end'
  return { do: 'barrier', until: until ? 'client-has-complete-events' : 'client-quiet', elseMs: ELSE_MS }
}

function clientOf({ request }: Recording, dialect: Known, twice: boolean): ClientStep[] {
  const conn = 'c1'
  const ask: RequestStep = { do: 'request', conn, path: tracePathOf(dialect), ...bodyFor(request, dialect) }
  const once: ClientStep[] = [ask, { do: 'await', conn, until: 'end' }]
  const note = 'the target has seen the last chunk and keeps the connection'
  const again: ClientStep[] = [{ do: 'wait', ms: 200, scale: false, note }, ...once]
  return [{ do: 'connect', conn }, ...once, ...(twice ? again : [])]
}

/** The suite's own request of the same kind: what was asked is never kept. */
function bodyFor(request: Recording['request'], dialect: Known): Pick<RequestStep, 'preset' | 'body'> {
  const kind = request.wantsStream ? 'stream' : 'json'
  const wanted = [request.hasTools ? `${dialect}/${kind}-tools` : '', `${dialect}/${kind}`]
  const preset = wanted.find((name) => name in REQUEST_PRESETS)
  return preset === undefined ? { body: { stream: request.wantsStream } } : { preset }
}

function provenanceOf(recording: Recording, { date, bodiesKept }: DraftOptions): Provenance {
  const { request, answer, end, before, seenBy } = recording
  const { method, bodyBytes, bodySha256_16, shape } = request
  const where = seenBy === 'tap' ? 'a tap between a client and its upstream' : "the pool's record of a failed call"
  return {
    kind: 'recorded',
    sources: [`${RECORDER.name} ${RECORDER.version}: ${where}, ${date}`],
    observed: {
      status: headOf(answer)?.status ?? null,
      end: end.kind,
      afterMs: Math.round(end.atMs),
      bodyBytes: bodyOf(answer).length,
      connection: before === undefined ? 'fresh' : 'reused',
      gapsLeftOutBelowMs: SHORTEST_GAP_MS,
      request: { method, bodyBytes, bodySha256_16: bodySha256_16 ?? null, shape: shape ?? null },
    },
    fidelity: {
      fault: 'exact',
      byteCount: 'exact',
      bytes: bodiesKept === true ? 'exact' : 'synthetic',
      framing: seenBy === 'tap' ? 'exact' : 'assumed',
      timing: 'exact',
    },
    redaction: {
      policy: bodiesKept === true ? 'none-needed' : 'filled',
      tool: `${RECORDER.name} ${RECORDER.version}`,
      rules: bodiesKept === true ? REDACTION_RULES.slice(0, 2) : [...REDACTION_RULES],
      reviewedBy: [],
    },
    recorder: RECORDER,
  }
}

const PLACES: { readonly [where in Failure['where']]: string } = {
  'before-head': 'before the response head',
  'before-body': 'after the head, before the first event',
  'in-opening': 'within the opening events',
  'mid-stream': 'in the middle of the stream',
  'after-stop': 'after the stop reason, before the terminal event',
  'after-end': 'after the terminal event',
  'in-json': 'within a body that is no stream',
}
const HOWS = { reset: 'Connection reset', eof: 'End', stall: 'Silence', refused: 'Connection refused' } as const

function titleOf(recording: Recording, finding: Finding): string {
  const bytes = bodyOf(recording.answer).length
  if (finding.kind !== 'failed') return `A whole answer of ${bytes} body bytes`
  const race = isRace(recording, finding) ? ', on a kept connection' : ''
  const after = bytes > 0 ? `, after ${bytes} body bytes` : ''
  return `${HOWS[finding.how]} ${PLACES[finding.where]}${after}${race}`
}

function familyOf(recording: Recording, finding: Finding): string {
  if (finding.kind !== 'failed') return 'complete'
  if (isRace(recording, finding)) return 'pool-race'
  if (finding.where === 'after-end') return 'left-open'
  if (finding.how === 'refused') return 'connect-refused'
  const place = finding.where === 'before-head' ? 'before-head' : 'mid-stream'
  return finding.how === 'eof' && place === 'mid-stream' ? 'eof' : `${finding.how}-${place}`
}
