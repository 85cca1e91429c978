import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(PACKAGE, 'node_modules/.cache/stopbit-targets')
/** What decides which files are bundled, beside the files themselves. */
const DECIDING = ['package.json', '../../pnpm-lock.yaml', 'src/launch/bundle.ts']

/** A bundle that was made, and of what: file to digest, files from this package's folder. */
interface CacheEntry {
  readonly file: string
  readonly inputs: Readonly<Record<string, string>>
}

/**
 * Makes one file of a program (`src/<name>.ts`) that Bun, Deno and workerd run as it is, and returns its path. The bundle is
 * kept under the digest of its content, and taken again as long as no file that went into it has changed.
 */
export async function bundleProgram(name: string): Promise<string> {
  const index = join(CACHE, `${name}.json`)
  const kept = readEntry(index)
  if (kept !== undefined && Object.entries(kept.inputs).every(([file, digest]) => digestOfFile(file) === digest))
    return join(CACHE, kept.file)
  const { build } = await import('esbuild') // not loaded at all for a bundle that is kept
  const { outputFiles, metafile } = await build({
    absWorkingDir: PACKAGE,
    entryPoints: [`src/${name}.ts`],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@stopbit/source'],
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  const file = `${name}-${digestOf(code)}.mjs`
  const inputs = [...Object.keys(metafile.inputs), ...DECIDING]
  mkdirSync(CACHE, { recursive: true })
  writeWhole(join(CACHE, file), code)
  const entry: CacheEntry = {
    file,
    inputs: Object.fromEntries(inputs.map((input) => [input, digestOfFile(input) ?? ''])),
  }
  writeWhole(index, JSON.stringify(entry))
  return join(CACHE, file)
}

/** Programs start at the same time: nobody may see half a file. */
export function writeWhole(file: string, content: Uint8Array | string): void {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, content)
  renameSync(unfinished, file)
}

function readEntry(index: string): CacheEntry | undefined {
  try {
    const entry = JSON.parse(readFileSync(index, 'utf8')) as CacheEntry
    readFileSync(join(CACHE, entry.file))
    return entry
  } catch {
    return undefined // the cache may be cleared at any time
  }
}

function digestOfFile(file: string): string | undefined {
  try {
    return digestOf(readFileSync(join(PACKAGE, file)))
  } catch {
    return undefined
  }
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
