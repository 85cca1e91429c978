import { accessSync, constants, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { keepCoresAwake } from '../src/run/awake-cores.ts'

const REQUEST = '/dev/cpu_dma_latency'

function isPossible(): boolean {
  try {
    accessSync(REQUEST, constants.W_OK)
    return readFileSync('/sys/devices/system/cpu/cpu0/cpuidle/state0/name', 'utf8') === 'POLL\n'
  } catch {
    return false
  }
}

/** Whether this process has the file open, which is how long the kernel heeds it. */
function isHeld(): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === REQUEST
    } catch {
      return false // the folder's own
    }
  })
}

test.skipIf(!isPossible())('cores poll from the call on until they may halt again (needs root)', () => {
  const letHalt = keepCoresAwake()
  expect(isHeld()).toBe(true)
  letHalt?.()
  expect(isHeld()).toBe(false)
})

test.skipIf(isPossible())('where that cannot be, nothing is held and nothing fails (needs not to be root)', () => {
  expect(keepCoresAwake()).toBeUndefined()
  expect(isHeld()).toBe(false)
})
