// The slash makes it the npm package and not Node's module: pure JavaScript, for runtimes that have no Buffer.
import { Buffer as portableBuffer } from 'buffer/'

/** The runtime's own where it has one: many times faster. */
export const Buffer: typeof globalThis.Buffer = globalThis.Buffer ?? portableBuffer
