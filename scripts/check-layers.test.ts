import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkLayers } from './check-layers.ts'

const LAYERS = {
  'packages/low': { runtime: 'any', imports: [], npm: [] },
  'packages/high': { runtime: 'node', imports: ['low'], npm: ['undici'] },
} as const

const CLEAN = {
  'packages/low/package.json': '{}',
  'packages/low/src/index.ts': "export { a } from './a.ts'\n",
  'packages/high/package.json': '{"dependencies":{"@stopbit/low":"workspace:*","undici":"8"}}',
  'packages/high/src/index.ts':
    "import { a } from '@stopbit/low'\nimport { Pool } from 'undici'\nimport { createServer } from 'node:http'\n",
  'packages/high/src/index.test.ts': "import { test } from 'vitest'\n",
}

function workspace(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'stopbit-layers-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

test('checkLayers() takes a clean tree', () => {
  expect(checkLayers(workspace(CLEAN), LAYERS)).toEqual([])
})

test.each([
  [
    'an import to the right',
    { 'packages/low/src/b.ts': "import { b } from '@stopbit/high'\n" },
    /low\/src\/b\.ts: may not import @stopbit\/high/,
  ],
  [
    'a dynamic import to the right',
    { 'packages/low/src/b.ts': "const b = await import('@stopbit/high')\n" },
    /may not import @stopbit\/high/,
  ],
  [
    'a deep path',
    { 'packages/high/src/b.ts': "export type { B } from '../../low/src/b.ts'\n" },
    /may not reach out of its package/,
  ],
  [
    'a deep path of a test',
    { 'packages/high/src/b.test.ts': "import '../../low/src/b.ts'\n" },
    /may not reach out of its package/,
  ],
  [
    'a built-in where any runtime has to do',
    { 'packages/low/src/b.ts': "import { Buffer } from 'node:buffer'\n" },
    /any runtime/,
  ],
  ['a built-in without its prefix', { 'packages/low/src/b.ts': "import fs from 'fs'\n" }, /any runtime/],
  ['an unlisted library', { 'packages/high/src/b.ts': "import x from 'left-pad'\n" }, /may not import left-pad/],
  [
    'an undeclared library',
    { 'packages/high/package.json': '{"dependencies":{"@stopbit/low":"workspace:*"}}' },
    /does not declare/,
  ],
  ['an unlisted dependency', { 'packages/low/package.json': '{"dependencies":{"zod":"4"}}' }, /may not depend on zod/],
  ['an unlisted package', { 'packages/new/package.json': '{}' }, /packages\/new: is not in scripts\/layers\.json/],
])('checkLayers() refuses %s', (_name, files, message) => {
  expect(checkLayers(workspace({ ...CLEAN, ...files }), LAYERS)).toEqual([expect.stringMatching(message)])
})

const WITH_ENTRY = {
  ...LAYERS,
  'packages/high': {
    ...LAYERS['packages/high'],
    entries: { 'src/web': { runtime: 'any', imports: ['low'], npm: [], files: ['src/shared.ts'] } },
  },
  'packages/web': { runtime: 'any', imports: ['high'], npm: [] },
} as const

const CLEAN_ENTRY = {
  ...CLEAN,
  'packages/high/src/web/index.ts':
    "import { a } from '@stopbit/low'\nimport { b } from './b.ts'\nimport type { S } from '../shared.ts'\n",
  'packages/high/src/web/b.ts': '',
  'packages/high/src/shared.ts': '',
  'packages/high/src/web/b.test.ts': "import { once } from 'node:events'\nimport '../index.ts'\n",
  'packages/web/package.json': '{"dependencies":{"@stopbit/high":"workspace:*"}}',
  'packages/web/src/index.ts': "import { b } from '@stopbit/high/web'\n",
}

test('checkLayers() takes a part of a Node package that runs anywhere', () => {
  expect(checkLayers(workspace(CLEAN_ENTRY), WITH_ENTRY)).toEqual([])
})

test.each([
  [
    'a built-in in a part that runs anywhere',
    { 'packages/high/src/web/c.ts': "import fs from 'node:fs'\n" },
    /high\/src\/web\/c\.ts: may not import node:fs: it has to run in any runtime/,
  ],
  [
    'a library of the package in a part that may not have it',
    { 'packages/high/src/web/c.ts': "import { Pool } from 'undici'\n" },
    /web\/c\.ts: may not import undici/,
  ],
  [
    'a way out of a part to the rest of its package',
    { 'packages/high/src/web/c.ts': "import { b } from '../index.ts'\n" },
    /web\/c\.ts: may not reach out of src\/web to \.\.\/index\.ts/,
  ],
  [
    'a built-in in a file that such a part names',
    { 'packages/high/src/shared.ts': "import fs from 'node:fs'\n" },
    /high\/src\/shared\.ts: may not import node:fs/,
  ],
  [
    'a way out of a file that such a part names',
    { 'packages/high/src/shared.ts': "import './index.ts'\n" },
    /high\/src\/shared\.ts: may not reach out of src\/web/,
  ],
  [
    'a Node package where any runtime has to do, though its part would be allowed',
    { 'packages/web/src/c.ts': "import { b } from '@stopbit/high'\n" },
    /web\/src\/c\.ts: may not import @stopbit\/high: it has to run in any runtime/,
  ],
])('checkLayers() refuses %s', (_name, files, message) => {
  expect(checkLayers(workspace({ ...CLEAN_ENTRY, ...files }), WITH_ENTRY)).toEqual([expect.stringMatching(message)])
})

test('checkLayers() refuses a table with a cycle, and one with a package that is not there', () => {
  const cyclic = { ...LAYERS, 'packages/low': { runtime: 'any', imports: ['high'], npm: [] } } as const
  expect(checkLayers(workspace(CLEAN), cyclic).join('\n')).toContain('cycle low → high → low')
  const gone = { ...LAYERS, 'packages/gone': LAYERS['packages/low'] }
  expect(checkLayers(workspace(CLEAN), gone)).toEqual([
    'packages/gone: is in scripts/layers.json but not in the workspace',
  ])
})
