import { createDrafter, recordingOfCall, type DraftResult, type FailedCallLike } from '@stopbit/recorder'

/** Told what became of each failed call: the file of its draft, or why there is none. Nothing of its content. */
export type DraftEvents = (draft: { readonly result: string; readonly file?: string; readonly why?: string }) => void

/** Far more than anybody reads: one outage gives the same draft over and over. */
const MAX_DRAFTS = 500

/** Makes of each call that fails in the pool a redacted draft in `folder`: what the pool's option `history` takes. */
export function recordFaults(
  folder: string,
  onDraft: DraftEvents = () => undefined,
): { readonly onFault: (call: FailedCallLike) => void } {
  const save = createDrafter({ folder, maxFiles: MAX_DRAFTS })
  let isFull = false
  return {
    onFault(call) {
      const recording = recordingOfCall(call)
      if (isFull) return
      if (recording === undefined) return onDraft({ result: 'none', why: 'its wire is not known well enough' })
      save(recording).then(
        (draft) => {
          if (draft.kind === 'full') {
            if (!isFull)
              onDraft({ result: 'full', why: `${folder} holds ${draft.maxFiles}: move some away and start again` })
            isFull = true
          } else onDraft(toEvent(draft))
        },
        (error: Error) => onDraft({ result: 'failed', why: error.message }),
      )
    },
  }
}

function toEvent(draft: Exclude<DraftResult, { kind: 'full' }>): Parameters<DraftEvents>[0] {
  if (draft.kind === 'written') return { result: draft.kind, file: draft.file }
  return { result: draft.kind, why: draft.kind === 'healthy' ? draft.why : draft.rules.join(', ') }
}
