import { closeSync, openSync, writeSync } from 'node:fs'

/** Takes how long waking up may take, in microseconds, for as long as it is open. Source: the kernel's Documentation/power/pm_qos_interface.rst. */
const LATENCY_REQUEST = '/dev/cpu_dma_latency'

/**
 * Has idle cores poll, where that is allowed (Linux, root). Else they halt, and whoever wakes one pays for it: in a virtual machine more
 * than for the event that it was woken for, and another price from one second to the next, as the kernel learns how long to wait before it
 * halts (measured: 58 µs per paced event and 33 with cores that poll, 105 to 205 per small request and 75 to 100).
 *
 * @returns how to let them halt again; `undefined` if it is not allowed, or there is nothing to ask.
 */
export function keepCoresAwake(): (() => void) | undefined {
  let file: number | undefined
  try {
    file = openSync(LATENCY_REQUEST, 'w')
    writeSync(file, new Int32Array([0]))
  } catch {
    if (file !== undefined) closeSync(file)
    return undefined
  }
  return () => closeSync(file)
}
