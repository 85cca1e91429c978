export { createResilientFetch } from './create-resilient-fetch.ts'
export type { ResilientFetchOptions } from './options.ts'
export { StreamInterruptedError } from './stream-interrupted-error.ts'
