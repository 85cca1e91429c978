export { createFetchTransport, type FetchRequest, type FetchTransport } from './create-fetch-transport.ts'
export type { FetchCall } from './fetch-call.ts'
export type { FetchTransportOptions } from './options.ts'
export type { UpstreamEvents } from '../upstream-events.ts'
