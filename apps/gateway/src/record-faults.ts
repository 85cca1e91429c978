import { createDrafter, recordingOfCall, type FailedCallLike } from '@stopbit/recorder'

/** Told what became of each failed call: the file of its draft, or why there is none. Nothing of its content. */
export type DraftEvents = (draft: { readonly result: string; readonly file?: string; readonly why?: string }) => void

/** Makes of each call that fails in the pool a redacted draft in `folder`: what the pool's option `history` takes. */
export function recordFaults(
  folder: string,
  onDraft: DraftEvents = () => undefined,
): { readonly onFault: (call: FailedCallLike) => void } {
  const save = createDrafter({ folder })
  return {
    onFault(call) {
      const recording = recordingOfCall(call)
      if (recording === undefined) return onDraft({ result: 'none', why: 'its wire is not known well enough' })
      save(recording).then(
        (draft) => {
          if (draft.kind === 'written') onDraft({ result: draft.kind, file: draft.file })
          else onDraft({ result: draft.kind, why: draft.kind === 'healthy' ? draft.why : draft.rules.join(', ') })
        },
        (error: Error) => onDraft({ result: 'failed', why: error.message }),
      )
    },
  }
}
