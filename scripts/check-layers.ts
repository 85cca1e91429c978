import { existsSync, globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** What may be imported. */
interface Rule {
  /** `any`: no Node built-in may be imported. */
  readonly runtime: 'any' | 'node'
  /** Workspace packages, by their name without the scope. */
  readonly imports: readonly string[]
  /** Packages of the registry. */
  readonly npm: readonly string[]
}

/** What one workspace package may import. The table is `layers.json`; its keys are the packages' folders. */
interface Layer extends Rule {
  /** Parts of it with a rule of their own, by their folders: `src/fetch` is what others import as `<package>/fetch`. */
  readonly entries?: Readonly<Record<string, Entry>>
  /** Folders of the workspace from which it may import JSON by path: data that is kept in one place. */
  readonly data?: readonly string[]
}

/** A part of a package, which knows nothing of the rest but the files that it names. They are under its rule, too. */
interface Entry extends Rule {
  readonly files: readonly string[]
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
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const allowed = allowedBy(layer)
  const violations = declared
    .filter((name) => !allowed.has(name))
    .map((name) => `${folder}/package.json: may not depend on ${name}`)
  for (const file of globSync('**/*.{ts,mts,js,mjs}', {
    cwd: join(root, folder),
    exclude: (name) => /(^|[\\/])(node_modules|dist)$/.test(name),
  })) {
    const path = file.split(sep).join('/')
    const text = readFileSync(join(root, folder, file), 'utf8')
    const isTest = /\.test\.ts$|(^|[\\/])(test|samples|scripts|mutants|oracle|recordings|third-party)[\\/]/.test(file)
    const entry = isTest ? undefined : entryOf(layer, path)
    for (const specifier of importsOf(text)) {
      let violation: string | undefined
      if (isData(layer, join(folder, dirname(path), specifier))) continue
      if (specifier.startsWith('.')) violation = checkPath(join(root, folder), path, specifier, entry)
      else if (!isTest) violation = checkName(specifier, entry?.[1] ?? layer, layers, declared)
      if (violation !== undefined) violations.push(`${folder}/${path}: ${violation}`)
    }
  }
  return violations
}

function allowedBy({ imports, npm }: Rule): Set<string> {
  return new Set([...imports.map((name) => `@stopbit/${name}`), ...npm])
}

/** The part of its package that a file belongs to, with its folder. */
function entryOf({ entries = {} }: Layer, path: string): readonly [string, Entry] | undefined {
  return Object.entries(entries).find(([folder, entry]) => isOfEntry(path, folder, entry))
}

function isOfEntry(path: string, folder: string, { files }: Entry): boolean {
  return path.startsWith(`${folder}/`) || files.includes(path)
}

function isData({ data = [] }: Layer, path: string): boolean {
  return path.endsWith('.json') && data.some((folder) => path.split(sep).join('/').startsWith(`${folder}/`))
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, fromStatic, fromDynamic]) => fromStatic ?? fromDynamic ?? '')
}

function checkPath(
  folder: string,
  path: string,
  specifier: string,
  entry: readonly [string, Entry] | undefined,
): string | undefined {
  const target = relative(folder, resolve(folder, dirname(path), specifier))
    .split(sep)
    .join('/')
  if (target.startsWith('..')) return `may not reach out of its package to ${specifier}`
  if (entry === undefined || isOfEntry(target, ...entry)) return undefined
  return `may not reach out of ${entry[0]} to ${specifier}: the table does not name it`
}

function checkName(specifier: string, rule: Rule, layers: Layers, declared: readonly string[]): string | undefined {
  const parts = specifier.split('/')
  const ofName = specifier.startsWith('@') ? 2 : 1
  const name = parts.slice(0, ofName).join('/')
  if (specifier.startsWith('node:') || builtinModules.includes(name)) {
    return rule.runtime === 'any' ? `may not import ${specifier}: it has to run in any runtime` : undefined
  }
  if (specifier.startsWith('astro:')) return undefined // of Astro's own build, no package
  if (!allowedBy(rule).has(name)) return `may not import ${specifier}: it is not in its layer`
  if (!declared.includes(name)) return `imports ${specifier}, which its package.json does not declare`
  if (rule.runtime === 'any' && !runsAnywhere(layers, name, parts.slice(ofName).join('/'))) {
    return `may not import ${specifier}: it has to run in any runtime, and that is for Node`
  }
  return undefined
}

/** Whether a package, or the part of it that is imported, runs in any runtime. Of the registry's we do not know. */
function runsAnywhere(layers: Layers, name: string, subpath: string): boolean {
  const layer = name.startsWith('@stopbit/') ? layers[`packages/${name.slice('@stopbit/'.length)}`] : undefined
  return layer === undefined || (layer.entries?.[`src/${subpath}`] ?? layer).runtime === 'any'
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
