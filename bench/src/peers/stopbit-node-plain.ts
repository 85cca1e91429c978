// The Node adapter with as little protection as it can be asked for. Its path is that of no API and its answers are bytes that
// nobody looks into, so nothing is framed, held or finalized. What cannot be turned off is the clocks and the record.
import { serveNodeAdapter } from './serve-node-adapter.ts'

serveNodeAdapter({
  dialect: 'opaque',
  retry: 'never',
  commit: 'headers',
  heartbeatMs: 'off',
  stallWarnMs: 'off',
  maxJsonBytes: 1,
  maxReplayBytes: 1,
})
