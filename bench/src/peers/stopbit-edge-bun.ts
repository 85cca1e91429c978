import { createFetchHandler } from '@stopbit/edge'
import { serveBun } from './serve-bun.ts'

serveBun((url) => createFetchHandler({ upstream: { url } }))
