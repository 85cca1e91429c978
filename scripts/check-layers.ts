import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** What one workspace package may import. The table is `layers.json`; its keys are the packages' folders. */
interface Layer {
  /** `any`: no Node built-in may be imported. */
  readonly runtime: 'any' | 'node'
  /** Workspace packages, by their name without the scope. */
  readonly imports: readonly string[]
  /** Packages of the registry. */
  readonly npm: readonly string[]
}

type Layers = Readonly<Record<string, Layer>>

const IMPORT = /^\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm

/**
 * Checks every source file of the workspace at `root` against the table of layers.
 *
 * @returns the violations, each with its place; empty if all is well. Tests may import anything by name, but nothing by a
 * path out of their package.
 */
export function checkLayers(root: string, layers: Layers): string[] {
  const folders = globSync(
    [
      'packages/*/package.json',
      'apps/*/package.json',
      'conformance/package.json',
      'docs/package.json',
      'bench/package.json',
    ],
    { cwd: root },
  ).map((file) => dirname(file).split(sep).join('/'))
  const unlisted = folders
    .filter((folder) => !(folder in layers))
    .map((folder) => `${folder}: is not in scripts/layers.json`)
  const missing = Object.keys(layers)
    .filter((folder) => !folders.includes(folder))
    .map((folder) => `${folder}: is in scripts/layers.json but not in the workspace`)
  const listed = folders.filter((folder) => folder in layers)
  return [
    ...unlisted,
    ...missing,
    ...findCycles(layers),
    ...listed.flatMap((folder) => checkPackage(root, folder, layers)),
  ]
}

function checkPackage(root: string, folder: string, layers: Layers): string[] {
  const layer = layers[folder]
  if (layer === undefined) return []
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    dependencies?: object
    peerDependencies?: object
  }
  const allowed = new Set([...layer.imports.map((name) => `@stopbit/${name}`), ...layer.npm])
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const violations = declared
    .filter((name) => !allowed.has(name))
    .map((name) => `${folder}/package.json: may not depend on ${name}`)
  for (const file of globSync('**/*.{ts,mts,js,mjs}', {
    cwd: join(root, folder),
    exclude: (name) => /(^|[\\/])(node_modules|dist)$/.test(name),
  })) {
    const place = `${folder}/${file.split(sep).join('/')}`
    const text = readFileSync(join(root, folder, file), 'utf8')
    const isTest = /\.test\.ts$|(^|[\\/])(test|scripts|mutants|oracle)[\\/]/.test(file)
    for (const specifier of importsOf(text)) {
      let violation: string | undefined
      if (specifier.startsWith('.')) violation = checkPath(root, folder, file, specifier)
      else if (!isTest) violation = checkName(specifier, layer, allowed, declared)
      if (violation !== undefined) violations.push(`${place}: ${violation}`)
    }
  }
  return violations
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, fromStatic, fromDynamic]) => fromStatic ?? fromDynamic ?? '')
}

function checkPath(root: string, folder: string, file: string, specifier: string): string | undefined {
  const target = relative(join(root, folder), resolve(root, folder, dirname(file), specifier))
  return target.startsWith('..') ? `may not reach out of its package to ${specifier}` : undefined
}

function checkName(
  specifier: string,
  layer: Layer,
  allowed: ReadonlySet<string>,
  declared: readonly string[],
): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (specifier.startsWith('node:') || builtinModules.includes(name)) {
    return layer.runtime === 'any' ? `may not import ${specifier}: it has to run in any runtime` : undefined
  }
  if (!allowed.has(name)) return `may not import ${specifier}: it is not in its layer`
  return declared.includes(name) ? undefined : `imports ${specifier}, which its package.json does not declare`
}

/** A table that allows a cycle allows everything on it. */
function findCycles(layers: Layers): string[] {
  const importsByName = new Map(
    Object.entries(layers).map(([folder, { imports }]) => [folder.split('/').at(-1) ?? folder, imports]),
  )
  const cycles: string[] = []
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name))
      cycles.push(`scripts/layers.json: cycle ${[...way.slice(way.indexOf(name)), name].join(' → ')}`)
    else for (const next of importsByName.get(name) ?? []) visit(next, [...way, name])
  }
  for (const name of importsByName.keys()) visit(name, [])
  return cycles
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..')
  const table = join(root, 'scripts/layers.json')
  if (!existsSync(table)) throw new Error(`Cannot check layers: ${table} is missing`)
  const violations = checkLayers(root, JSON.parse(readFileSync(table, 'utf8')) as Layers)
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
