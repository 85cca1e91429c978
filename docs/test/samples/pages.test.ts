import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderSnippet, SNIPPET_NAMES } from '@stopbit/server-presets'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PAGES = 'docs/src/content/docs'
const SAMPLES = 'docs/samples'

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

interface Page {
  readonly file: string
  readonly text: string
}

const pages: readonly Page[] = globSync(`${PAGES}/{patterns,incidents,start,guides}/*.{md,mdx}`, { cwd: ROOT }).map(
  (file) => ({ file, text: read(file) }),
)
const patterns = pages.filter(({ file }) => dirname(file) === `${PAGES}/patterns`)

/** The samples that a page shows. */
function shownOn({ file, text }: Page): string[] {
  return [...text.matchAll(/from '(\.\.\/[^']*samples\/[^']+)\?raw'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), path)),
  )
}

/** The traces that the commands of a page name, without those that the reader is to fill in. */
function tracesIn({ text }: Page): string[] {
  return [...text.matchAll(/^.* --trace (.+)$/gm)]
    .flatMap(([, ids = '']) => ids.split(' '))
    .filter((id) => !id.includes('<'))
}

test.each(patterns)('$file has a command that plays its traces', (page) => {
  expect(tracesIn(page)).not.toEqual([])
})

describe.each(pages)('$file', (page) => {
  const { text } = page

  test('its commands name traces that exist', () => {
    for (const id of tracesIn(page)) {
      const pattern = `conformance/traces/${id.replaceAll("'", '')}.trace.json`
      expect(globSync(pattern, { cwd: ROOT }), id).not.toEqual([])
    }
  })

  test('its commands name manifests and presets that exist', () => {
    for (const [, manifest = ''] of text.matchAll(/--target (\S+\.json)/g))
      expect(existsSync(join(ROOT, manifest)), manifest).toBe(true)
    for (const [, presets = ''] of text.matchAll(/(?:stopbit presets|--server-preset) ([a-z][\w,-]*)/g))
      for (const preset of presets.split(',')) expect(SNIPPET_NAMES).toContain(preset)
  })

  test('it links each invariant and option at an anchor that the page has', () => {
    const anchorsOf = (file: string): string[] =>
      [...read(`docs/src/content/docs/${file}.md`).matchAll(/^#+ `?([\w-]+)`?$/gm)].map(([, title = '']) =>
        title.toLowerCase(),
      )
    for (const [, target = '', anchor = ''] of text.matchAll(
      /\]\(\/(conformance\/invariants|reference\/options|reference\/server-presets)\/#([\w-]+)\)/g,
    ))
      expect(anchorsOf(target)).toContain(anchor)
  })

  test('the samples that it shows exist', () => {
    for (const file of shownOn(page)) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})

test('there are thirteen patterns, and they show each sample of theirs', () => {
  expect(patterns).toHaveLength(13)
  const folders = patterns.map(({ file }) => basename(file, '.mdx')).join(',')
  const samples = globSync(`${SAMPLES}/{${folders}}/*`, { cwd: ROOT }).toSorted()
  const shown = new Set(patterns.flatMap(shownOn))
  expect(samples.filter((file) => !shown.has(file))).toEqual([])
})

test('no page names a release of ours: what is not out yet cannot be pinned', () => {
  const files = globSync(`${PAGES}/**/*.{md,mdx}`, { cwd: ROOT })
  expect(files.length).toBeGreaterThan(pages.length)
  const releases = files.flatMap((file) =>
    [...read(file).matchAll(/(?:stopbit\/stopbit|@stopbit\/[\w-]+)@v?\d[\w.-]*/g)].map(([name]) => `${file}: ${name}`),
  )
  expect(releases).toEqual([])
  // The recipes have a placeholder, and say what it is.
  const recipes = read(`${PAGES}/conformance/ci.md`)
  expect(recipes.match(/@v?VERSION\b/g)).toHaveLength(3)
  expect(recipes).toContain('`VERSION` in these recipes is')
})

test.each(SNIPPET_NAMES.filter((name) => name !== 'loopback'))(
  'the settings for %s are what `stopbit presets` prints (`vitest run FILE --update` writes them anew)',
  async (name) => {
    await expect(renderSnippet(name)).toMatchFileSnapshot(`../../samples/buffering-fronts/${name}.txt`)
  },
)

test(
  'hold your proxy against the suite: the sample gets the answer that the page shows',
  { timeout: 60_000 },
  async () => {
    const traces = ['anthropic/rst-mid-sse-856', 'anthropic/eof-close-delimited', 'anthropic/complete-text-and-tool']
    const manifest = 'docs/samples/hold-your-proxy-against-the-suite/proxy.json'
    const suite = [
      '--conditions=@stopbit/source',
      'conformance/src/main.ts',
      'run',
      '--jobs',
      '1',
      '--target',
      manifest,
    ]
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      execFile(process.execPath, [...suite, '--trace', ...traces], { cwd: ROOT }, (error, output) =>
        resolve({ code: error?.code ?? 0, stdout: output }),
      )
    })
    expect(code).toBe(1)
    // How long each took is another number each time.
    const answer = stdout.replaceAll(/ +\d+ ms/g, '')
    await expect(answer).toMatchFileSnapshot('../../samples/hold-your-proxy-against-the-suite/output.txt')
  },
)
