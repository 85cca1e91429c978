import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Takes how long waking up may take, in microseconds, for as long as it is open. Source: the kernel's Documentation/power/pm_qos_interface.rst. */
const LATENCY_REQUEST = '/dev/cpu_dma_latency'
/** What a core does that may not take any time to wake up. Where it is no polling, it halts all the same. */
const SHALLOWEST_STATE = '/sys/devices/system/cpu/cpu0/cpuidle/state0/name'

/**
 * Has idle cores poll, where that is allowed (Linux, root). Else they halt, and whoever wakes one pays for it: in a virtual machine more
 * than for the event that it was woken for, and another price from one second to the next, as the kernel learns how long to wait before it
 * halts (measured in a virtual machine, the Node adapter: 58 µs per paced event, and 33 with cores that poll; small requests of two proxies,
 * one after the other, differed by 29 %, and by 11).
 *
 * @returns how to let them halt again; `undefined` if it is not allowed, or this machine's cores cannot poll.
 */
export function keepCoresAwake(): (() => void) | undefined {
  let file: number | undefined
  try {
    if (readFileSync(SHALLOWEST_STATE, 'utf8').trim() !== 'POLL') return undefined
    file = openSync(LATENCY_REQUEST, 'w')
    writeSync(file, new Int32Array([0]))
  } catch {
    if (file !== undefined) closeSync(file)
    return undefined
  }
  return () => closeSync(file)
}
