export type { ClientErrorKind } from './answer-client-error.ts'
export { applyServerPreset, checkServerPreset, SERVER_PRESETS, type ServerPreset } from './apply-server-preset.ts'
export type { LingerCause, Listener } from './connections.ts'
export { createDrain, type Drain, type DrainOptions, type DrainPhase, type Finishable } from './create-drain.ts'
export {
  createListenerGuard,
  isLoopbackHost,
  type ListenerGuard,
  type ListenerGuardOptions,
  type Refusal,
} from './create-listener-guard.ts'
export {
  createListenerCounters,
  observeListener,
  type ListenerCounters,
  type ListenerEvent,
  type ObserveListenerOptions,
} from './observe-listener.ts'
export {
  DRAIN_PRESETS,
  PRESET_TABLE,
  SHARED_NUMBERS,
  type DrainPresetName,
  type PresetRow,
  type ServerPresetName,
  type SourcedNumber,
} from './preset-table.ts'
export type { FrontNumbers } from './snippets/front-numbers.ts'
export { renderSnippet, SNIPPET_NAMES, type SnippetName } from './snippets/render-snippet.ts'
