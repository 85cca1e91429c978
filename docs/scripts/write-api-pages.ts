import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, type ProjectReflection, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { REPOSITORY } from '../src/site.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = join(import.meta.dirname, '../src/content/docs/reference/api')
const MADE = join(import.meta.dirname, '../dist/api')
const STAMP = join(PAGES, '.stamp')

/** What others may import of a package. */
interface Entry {
  /** `exchange/drive` */
  readonly name: string
  /** Its source file. */
  readonly file: string
  /** What the package says of itself. */
  readonly about: string
}

const OPTIONS: Partial<TypeDocOptions> & Partial<PluginOptions> = {
  plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
  tsconfig: join(import.meta.dirname, '../tsconfig.api.json'),
  skipErrorChecking: true, // that is the work of `./run check`, with the compiler of the project
  validation: false, // a link that leads nowhere fails the build
  readme: 'none',
  name: 'API',
  disableGit: true,
  basePath: ROOT,
  sourceLinkTemplate: `${REPOSITORY}/blob/main/packages/{path}`,
  excludeExternals: true,
  excludePrivate: true,
  sort: ['source-order'],
  router: 'module', // a page for each entry
  logLevel: 'Error',
  outputs: [{ name: 'markdown', path: MADE }],
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hidePageTitle: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  tableColumnSettings: { hideSources: true, hideOverrides: true, hideInherited: true },
  propertyMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  publicPath: '/reference/api/',
}

/**
 * Writes a page for each entry of each package out of its docstrings, unless no source has changed since. The pages are not
 * kept in the repository. Throws if they cannot be made.
 */
export async function writeApiPages(): Promise<void> {
  const entries = findEntries()
  const sources = globSync('packages/*/{src/**/*.ts,package.json}', { cwd: ROOT }).map((file) => join(ROOT, file))
  const newest = Math.max(...[...sources, import.meta.filename].map((file) => statSync(file).mtimeMs))
  if (existsSync(STAMP) && statSync(STAMP).mtimeMs > newest) return
  const app = await Application.bootstrapWithPlugins({ ...OPTIONS, entryPoints: entries.map(({ file }) => file) })
  const project = await app.convert()
  if (project === undefined) throw new Error('Cannot make the API pages: TypeDoc could not read the sources')
  nameModules(project, entries)
  rmSync(MADE, { recursive: true, force: true })
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('Cannot make the API pages: TypeDoc says why above')
  rmSync(PAGES, { recursive: true, force: true })
  for (const [at, entry] of entries.entries()) writePage(entry, at + 1)
  writeFileSync(join(PAGES, 'index.md'), renderIndex(entries))
  writeFileSync(STAMP, '')
}

/** In the order of their names. A package without exports has no page. */
function findEntries(): Entry[] {
  return globSync('packages/*/package.json', { cwd: ROOT })
    .flatMap((manifest) => {
      const text = readFileSync(join(ROOT, manifest), 'utf8')
      const {
        name,
        description,
        exports = {},
      } = JSON.parse(text) as {
        readonly name: string
        readonly description: string
        readonly exports?: Readonly<Record<string, { readonly '@stopbit/source'?: string }>>
      }
      return Object.entries(exports).flatMap(([subpath, { '@stopbit/source': source }]) => {
        const file = join(ROOT, dirname(manifest), source ?? '')
        if (source === undefined || !source.endsWith('.ts') || !existsSync(file)) return []
        return [{ name: `${name.replace('@stopbit/', '')}${subpath.slice(1)}`, file, about: description }]
      })
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** TypeDoc names a module by its file; people import it by its package. */
function nameModules(project: ProjectReflection, entries: readonly Entry[]): void {
  for (const module of project.children ?? []) {
    const file = module.sources?.[0]?.fullFileName
    module.name = entries.find((entry) => entry.file === file)?.name ?? module.name
  }
}

/** Headings that every function has are no places to go to. */
const LABEL =
  /^#{3,6} (Parameters|Returns|Type Parameters|Throws|Default Value|Default|Constructors|Methods|Properties|Extends|Implements|Overrides|Accessors|Inherited from|Type Declaration|Call Signature|Example|See)$/gm

function writePage({ name, about }: Entry, order: number): void {
  const body = withoutRepeatedSources(readFileSync(join(MADE, `${name}.md`), 'utf8'))
    .replaceAll(/\]\((\/reference\/api\/[\w/-]+)\.md/g, ']($1/')
    .replaceAll(LABEL, '**$1**')
  const page = join(PAGES, `${name}.md`)
  mkdirSync(dirname(page), { recursive: true })
  writeFileSync(page, `${head(`@stopbit/${name}`, about, order)}\n${about}\n\n${body}`)
}

/** The source of a class or an interface is named once, not again for each of its members. */
function withoutRepeatedSources(markdown: string): string {
  return markdown
    .split(/^(?=#)/m)
    .map((section) =>
      section.startsWith('### ')
        ? section.replace(SOURCE, 'In [$1]$2\n')
        : section.replaceAll(new RegExp(SOURCE, 'gm'), ''),
    )
    .join('')
}

const SOURCE = /^Defined in: \[(.*?):\d+\](.*)\n/m

function renderIndex(entries: readonly Entry[]): string {
  const rows = entries.map(({ name, about }) => `| [\`@stopbit/${name}\`](/reference/api/${name}/) | ${about} |`)
  return `${head('API', 'Every package with all that it exports, from the docstrings of its source.', 0)}
Every package with all that it exports, from the docstrings of its source.

| import | what it is |
|---|---|
${rows.join('\n')}
`
}

function head(title: string, about: string, order: number): string {
  return `---
title: ${JSON.stringify(title)}
description: ${JSON.stringify(about)}
editUrl: false
tableOfContents:
  maxHeadingLevel: 3
sidebar:
  hidden: true
  order: ${order}
---
`
}
