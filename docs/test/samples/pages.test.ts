import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderSnippet, SNIPPET_NAMES } from '@stopbit/server-presets'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PAGES = 'docs/src/content/docs/patterns'
const SAMPLES = 'docs/samples'

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

const pages = globSync(`${PAGES}/*.mdx`, { cwd: ROOT }).map((file) => ({ file, text: read(file) }))

/** The samples that a page shows. */
function shownOn(text: string): string[] {
  return [...text.matchAll(/from '(\.\.\/[^']*samples\/[^']+)\?raw'/g)].map(([, path = '']) =>
    normalize(join(PAGES, path)),
  )
}

describe.each(pages)('$file', ({ text }) => {
  test('its commands name traces that exist', () => {
    const named = [...text.matchAll(/^\S.* --trace (.+)$/gm)].flatMap(([, ids = '']) => ids.split(' '))
    expect(named).not.toEqual([])
    for (const id of named) {
      const pattern = `conformance/traces/${id.replaceAll("'", '')}.trace.json`
      expect(globSync(pattern, { cwd: ROOT }), id).not.toEqual([])
    }
  })

  test('its commands name manifests and presets that exist', () => {
    for (const [, manifest = ''] of text.matchAll(/--target (\S+\.json)/g))
      expect(existsSync(join(ROOT, manifest)), manifest).toBe(true)
    for (const [, preset = ''] of text.matchAll(/title="stopbit presets ([\w-]+)"/g))
      expect(SNIPPET_NAMES).toContain(preset)
  })

  test('it links each invariant and option at an anchor that the page has', () => {
    const anchorsOf = (file: string): string[] =>
      [...read(`docs/src/content/docs/${file}.md`).matchAll(/^#+ `?([\w-]+)`?$/gm)].map(([, title = '']) =>
        title.toLowerCase(),
      )
    for (const [, page = '', anchor = ''] of text.matchAll(
      /\]\(\/(conformance\/invariants|reference\/options|reference\/server-presets)\/#([\w-]+)\)/g,
    ))
      expect(anchorsOf(page)).toContain(anchor)
  })

  test('the samples that it shows exist', () => {
    for (const file of shownOn(text)) expect(existsSync(join(ROOT, file)), file).toBe(true)
  })
})

test('there are thirteen pages, and they show each sample of theirs', () => {
  expect(pages).toHaveLength(13)
  const folders = pages.map(({ file }) => basename(file, '.mdx')).join(',')
  const samples = globSync(`${SAMPLES}/{${folders}}/*`, { cwd: ROOT }).toSorted()
  const shown = new Set(pages.flatMap(({ text }) => shownOn(text)))
  expect(samples.filter((file) => !shown.has(file))).toEqual([])
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
