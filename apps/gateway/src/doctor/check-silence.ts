import type { Question } from './ask.ts'
import { notWhole } from './check-buffering.ts'
import { fine, found, type Finding } from './check.ts'
import { silenceAdvice } from './fronts.ts'
import { watchStream, type WatchedStream } from './watch-stream.ts'
import { sayDuration } from '../status-page/browser/words.ts'

/** Whether streams that are silent for a while live on: one stream for each silence, all at the same time. */
export async function checkSilence({
  silencesMs,
  ...question
}: Omit<Question, 'body'> & { silencesMs: readonly number[] }): Promise<Finding> {
  const ordered = silencesMs.toSorted((a, b) => a - b)
  const streams = await Promise.all(
    ordered.map(async (silenceMs) => {
      const timeoutMs = question.timeoutMs + silenceMs // a path that buffers holds back the head, too
      return { silenceMs, watched: await watchStream({ ...question, timeoutMs }, { gapsMs: [silenceMs] }) }
    }),
  )
  const facts = {
    streams: streams.map(({ silenceMs, watched }) => ({
      silenceMs,
      end: watched.end,
      endMs: Math.round(watched.endMs),
      ...(watched.status !== undefined && { status: watched.status }),
    })),
  }
  const cut = streams.find(({ watched }) => watched.end !== 'whole')
  if (cut === undefined) return fine(`A stream that is silent for ${list(ordered)} lives on.`, facts)
  const { watched, silenceMs } = cut
  if (watched.arrivals.length === 0 && watched.end === 'refused' && !isGatewayStatus(watched.status)) {
    return { ...notWhole(watched), facts }
  }
  if (watched.end === 'mute') {
    const sentence = `A stream that is silent for ${sayDuration(silenceMs)} is lost: its connection stays open, but nothing comes any more.`
    return found(sentence, silenceAdvice(watched.headers, silenceMs), facts)
  }
  const cutMs = watched.endMs - (watched.arrivals[0]?.atMs ?? 0)
  // One as long as the limit itself may pass by chance, and would read as if it contradicted the cut.
  const lived = ordered.filter((other) => other < silenceMs && other < cutMs * 0.95)
  const before = lived.length === 0 ? '' : ` Silences of ${list(lived)} pass.`
  const sentence = `A silent stream is cut after ${sayDuration(cutMs)}: ${HOW[watched.end](watched)}.${before}`
  return found(sentence, silenceAdvice(watched.headers, cutMs), { cutMs: Math.round(cutMs), ...facts })
}

const HOW: Readonly<Record<WatchedStream['end'], (watched: WatchedStream) => string>> = {
  whole: () => 'it came whole',
  short: () => 'its end looks like a good one, so that clients take half an answer for a whole one',
  mute: () => 'nothing comes any more',
  broken: () => 'its connection is closed',
  refused: ({ status }) => `status ${status} came in its place`,
  failed: ({ code }) => `the connection ended before any answer (${code})`,
}

/** What a proxy answers with when it has waited for too long. */
function isGatewayStatus(status: number | undefined): boolean {
  return status !== undefined && status >= 502
}

function list(durationsMs: readonly number[]): string {
  return new Intl.ListFormat('en-GB').format(durationsMs.map(sayDuration))
}
