import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** A bundle whose size is kept in bounds. */
export interface Budget {
  readonly title: string
  /** From the root of the repository. */
  readonly entry: string
  /** Where it runs decides what counts: Node's own modules, and what an application has anyway, are not in it. */
  readonly platform: 'node' | 'neutral'
  readonly external: readonly string[]
  /** Minified, before compression, in KiB of 1024 bytes. */
  readonly maxKib: number
}

/** What a package brings along, and what is deployed. Raise a budget with the reason in the commit. */
export const BUDGETS: readonly Budget[] = [
  neutral('the edge worker', 'apps/edge-worker/src/worker.ts', 128),
  neutral('@stopbit/edge', 'packages/edge/src/index.ts', 128),
  neutral('@stopbit/sse', 'packages/sse/src/index.ts', 78),
  neutral('@stopbit/faults', 'packages/faults/src/index.ts', 18),
  neutral('@stopbit/client', 'packages/client/src/index.ts', 130),
  forNode('@stopbit/node, without undici', 'packages/node/src/index.ts', ['undici'], 146),
  forNode('@stopbit/server-presets', 'packages/server-presets/src/index.ts', [], 26),
]

export interface BundleSize {
  readonly kib: number
  readonly gzipKib: number
}

const ROOT = join(import.meta.dirname, '../..')

/** Bundles an entry as a user's bundler would, from source. Rejects with what esbuild says. */
export async function measureBundle({ entry, platform, external }: Budget): Promise<BundleSize> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    external: [...external],
    conditions: ['@stopbit/source'],
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  return { kib: code.byteLength / 1024, gzipKib: gzipSync(code).byteLength / 1024 }
}

function neutral(title: string, entry: string, maxKib: number): Budget {
  return { title, entry, platform: 'neutral', external: [], maxKib }
}

function forNode(title: string, entry: string, external: readonly string[], maxKib: number): Budget {
  return { title, entry, platform: 'node', external, maxKib }
}
