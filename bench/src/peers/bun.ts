// The bare fetch relay in Bun.
import { createFetchRelay } from './fetch-relay.ts'
import { serveBun } from './serve-bun.ts'

serveBun((upstream) => createFetchRelay(upstream))
