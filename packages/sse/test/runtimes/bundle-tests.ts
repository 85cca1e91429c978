import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const PORTABLE = fileURLToPath(new URL('../portable', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

export interface TestBundleOptions {
  /** Absolute; the tests are reported by their paths below it. */
  readonly root: string
  /** Test files below `root`. */
  readonly files: readonly string[]
  /** Where `program.mjs` (prints its report) and `worker.mjs` (answers with it) go. */
  readonly outFolder: string
}

/** Bundles test files with what runs them, for runtimes that know neither TypeScript nor vitest: the same code for each. */
export async function bundleTests({ root, files, outFolder }: TestBundleOptions): Promise<void> {
  const loaders = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(join(root, file))})`)
  const entries = { program: 'await printReport(files)', worker: 'export default serveReport(files)' }
  for (const [name, code] of Object.entries(entries)) {
    const head = `import { printReport, serveReport } from ${JSON.stringify(join(PORTABLE, 'report.ts'))}`
    writeFileSync(join(outFolder, `${name}.ts`), `${head}\nconst files = { ${loaders.join(',\n')} }\n${code}\n`)
  }
  await build({
    entryPoints: Object.keys(entries).map((name) => join(outFolder, `${name}.ts`)),
    outdir: outFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['@stopbit/source', 'browser'], // of an SDK, the build without Node
    nodePaths: [join(ROOT, 'node_modules')], // for test files that are not in this repository
    define: { 'process.env.NODE_ENV': '"test"' }, // not every runtime has a `process`, and libraries ask
    keepNames: true, // two SDKs have an `APIError`: as in Node, neither is called `APIError2`
    plugins: [nodeForTests],
    logLevel: 'silent', // a failure is thrown, with the same text
  })
}

/**
 * Tests were written in Node: they get a Buffer everywhere, and `node:` modules where the runtime has them. The packages' own
 * source gets nothing, so a use of Node in it fails where there is no Node.
 */
const nodeForTests: Plugin = {
  name: 'node-for-tests',
  setup(bundler) {
    bundler.onLoad({ filter: /\.test\.ts$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
      const buffer = `import { Buffer } from ${JSON.stringify(join(PORTABLE, 'buffer.ts'))};`
      return { loader: 'ts', contents: /\bBuffer\b/.test(code) ? buffer + code : code }
    })
    bundler.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }))
    bundler.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `
        module.exports = globalThis.process?.getBuiltinModule(${JSON.stringify(path)})
        if (module.exports === undefined) throw new Error('no ${path} in this runtime')`,
    }))
  },
}
