import { OptionError } from '@stopbit/exchange'
import {
  checkServerPreset,
  DRAIN_PRESETS,
  PRESET_TABLE,
  SERVER_PRESETS,
  type DrainPresetName,
  type PresetRow,
  type ServerPreset,
  type ServerPresetName,
} from '@stopbit/server-presets'
import type { OptionValues } from './option-values.ts'

/** What the options say of the front, and of how the gateway is stopped. */
export interface GatewayListener {
  readonly listener: ServerPreset
  readonly drainDelayMs: number
  readonly drainDeadlineMs: number
  readonly earlyCommitMs: number | 'off' | undefined
}

/**
 * Reads `serverPreset` and the options that win over its numbers. Throws an `OptionError` for a name that there is not, and
 * for numbers that contradict the preset's.
 */
export function readServerPreset(values: OptionValues): GatewayListener {
  const names = values.list('serverPreset')
  const fronts = names.filter((name) => isKey(SERVER_PRESETS, name)) as ServerPresetName[]
  const stops = names.filter((name) => isKey(DRAIN_PRESETS, name)) as DrainPresetName[]
  if (fronts.length + stops.length < names.length || fronts.length > 1) {
    const fronted = Object.keys(SERVER_PRESETS).join(', ')
    const rule = `must be one of ${fronted}, alone or with ${Object.keys(DRAIN_PRESETS).join(', ')}`
    throw new OptionError('serverPreset', rule, names.join(','))
  }
  const front = fronts[0] ?? 'loopback'
  const row: PresetRow = PRESET_TABLE[front]
  const listener = { ...SERVER_PRESETS[front] }
  listener.keepAliveTimeout = values.duration('listenerKeepaliveMs') ?? listener.keepAliveTimeout
  const drain = stops[0] === undefined ? undefined : DRAIN_PRESETS[stops[0]]
  const delay = values.durationOrOff('drainDelayMs') ?? drain?.drainDelayMs.value ?? 'off'
  const drainDelayMs = delay === 'off' ? 0 : delay
  const drainDeadlineMs = values.duration('drainDeadlineMs') ?? drain?.drainDeadlineMs.value ?? 25_000
  check(listener, drainDelayMs, drainDeadlineMs)
  const earlyCommitMs = values.durationOrOff('earlyCommitMs') ?? row.earlyCommit?.value
  return { listener, drainDelayMs, drainDeadlineMs, earlyCommitMs }
}

function check(listener: ServerPreset, drainDelayMs: number, drainDeadlineMs: number): void {
  try {
    checkServerPreset(listener)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // Of a preset's numbers only this one can have been given.
    throw new OptionError(
      'listenerKeepaliveMs',
      error.message.replace(/^keepAliveTimeout (.*), got .*$/, '$1'),
      listener.keepAliveTimeout,
    )
  }
  if (drainDelayMs >= drainDeadlineMs) {
    throw new OptionError('drainDelayMs', `must be shorter than drainDeadlineMs of ${drainDeadlineMs}`, drainDelayMs)
  }
}

function isKey(table: object, name: string): boolean {
  return Object.hasOwn(table, name)
}
