import type { Socket } from 'node:net'
import { checkMilliseconds, fail } from './check-numbers.ts'
import type { Listener } from './connections.ts'
import { PRESET_TABLE, SHARED_NUMBERS, type PresetRow, type ServerPresetName } from './preset-table.ts'

/** Listener settings of a Node server, with Node's own names; whole milliseconds. */
export interface ServerPreset {
  /**
   * Silence after which an idle kept-alive connection is closed; 0 for never. Advertised to clients in whole seconds, rounded
   * down: 1,999 says 1 s, and below 1,000 it says 0 s, whereupon clients that obey use each connection once.
   */
  readonly keepAliveTimeout: number
  /** Longest time for a request's headers to arrive, from the connection's start or the last response. */
  readonly headersTimeout: number
  /** Longest time for a whole request, its body included, to arrive. Never cuts a response. */
  readonly requestTimeout: number
  /** What the server waits beyond the advertised time. Default 1,000. */
  readonly keepAliveTimeoutBuffer?: number | undefined
  /** Silence of any kind after which a socket is destroyed. Only 0, which is the default, cuts no silent stream. */
  readonly timeout?: number | undefined
  /** Silence after which the front closes an idle connection to this server, which has to be first. Default: no front. */
  readonly frontIdleMs?: number | undefined
}

/**
 * Every named preset. Each number has its source in {@link PRESET_TABLE} and {@link SHARED_NUMBERS}, and in
 * the docs site, under Reference, Server presets.
 */
export const SERVER_PRESETS: Readonly<Record<ServerPresetName, ServerPreset>> = Object.fromEntries(
  Object.entries<PresetRow>(PRESET_TABLE).map(([name, { keepAliveTimeout, frontIdle }]) => [
    name,
    {
      keepAliveTimeout: keepAliveTimeout.value,
      headersTimeout: SHARED_NUMBERS.headersTimeout.value,
      requestTimeout: SHARED_NUMBERS.requestTimeout.value,
      ...(frontIdle !== undefined && { frontIdleMs: frontIdle.value }),
    },
  ]),
) as Record<ServerPresetName, ServerPreset>

/**
 * Silence after which the system asks a client's host whether it is still there. It is all that bounds a side channel that
 * may rightly be silent for hours. 30 s: below the idle limits of NATs and load balancers, of which 60 s is the shortest.
 */
const TCP_KEEP_ALIVE_MS = 30_000

/** Throws a `RangeError` that names the option, the rule and the value, if a preset contradicts itself or would cut streams. */
export function checkServerPreset(preset: ServerPreset): void {
  const { keepAliveTimeout, headersTimeout, requestTimeout, keepAliveTimeoutBuffer, timeout = 0, frontIdleMs } = preset
  checkMilliseconds({ keepAliveTimeout, headersTimeout, requestTimeout, keepAliveTimeoutBuffer, timeout, frontIdleMs })
  if (timeout > 0) fail('timeout', 'must be 0: it would cut a stream that is silent for so long', timeout)
  if (frontIdleMs !== undefined && keepAliveTimeout > 0 && keepAliveTimeout <= frontIdleMs) {
    fail(
      'keepAliveTimeout',
      `must be longer than the ${frontIdleMs} ms for which the front keeps idle connections, or 0: else requests are lost`,
      keepAliveTimeout,
    )
  }
  if (requestTimeout > 0 && headersTimeout > requestTimeout) {
    fail(
      'headersTimeout',
      `must not be longer than requestTimeout of ${requestTimeout}, which it is part of`,
      headersTimeout,
    )
  }
}

/**
 * Sets a server's listener timeouts, also while it runs; open connections keep theirs until their next response.
 *
 * `server.timeout` is set to 0, as it would destroy a stream that is silent for a while. Call it once per server: it also
 * turns TCP keep-alive on for every connection to come.
 *
 * Throws a `RangeError` that names the option, the rule and the value, if the numbers contradict each other; a `TypeError`
 * for a name that is no preset.
 */
export function applyServerPreset(server: Listener, preset: ServerPresetName | ServerPreset): void {
  const numbers = typeof preset === 'string' ? SERVER_PRESETS[preset] : preset
  if (numbers === undefined) {
    throw new TypeError(
      `preset must be one of ${Object.keys(SERVER_PRESETS).join(', ')}, got ${JSON.stringify(preset)}`,
    )
  }
  checkServerPreset(numbers)
  server.keepAliveTimeout = numbers.keepAliveTimeout
  server.keepAliveTimeoutBuffer = numbers.keepAliveTimeoutBuffer ?? SHARED_NUMBERS.keepAliveTimeoutBuffer.value
  server.headersTimeout = numbers.headersTimeout
  server.requestTimeout = numbers.requestTimeout
  server.timeout = 0
  server.on('connection', (socket: Socket) => socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS))
}
