// The Node adapter with the defaults of the product.
import { serveNodeAdapter } from './serve-node-adapter.ts'

serveNodeAdapter(undefined)
