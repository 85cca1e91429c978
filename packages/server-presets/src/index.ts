export { applyServerPreset, SERVER_PRESETS, type ServerPreset, type ServerPresetName } from './apply-server-preset.ts'
export {
  createListenerGuard,
  isLoopbackHost,
  type ListenerGuard,
  type ListenerGuardOptions,
  type Refusal,
} from './create-listener-guard.ts'
