import { accessSync, constants, readdirSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { keepCoresAwake } from '../src/run/awake-cores.ts'

const REQUEST = '/dev/cpu_dma_latency'

function isAllowed(): boolean {
  try {
    accessSync(REQUEST, constants.W_OK)
    return true
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

test.skipIf(!isAllowed())('cores poll from the call on until they may halt again (needs root)', () => {
  const letHalt = keepCoresAwake()
  expect(isHeld()).toBe(true)
  letHalt?.()
  expect(isHeld()).toBe(false)
})

test.skipIf(isAllowed())('where that is not allowed, nothing is held and nothing fails (needs not to be root)', () => {
  expect(keepCoresAwake()).toBeUndefined()
})
