export {
  createUpstreamPool,
  type PoolRequest,
  type UpstreamPool,
  type UpstreamPoolOptions,
} from './create-upstream-pool.ts'
export type { UpstreamCall } from './upstream-call.ts'
export type { UpstreamEvents } from './upstream-events.ts'
