import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadTraces } from '../src/load-traces.ts'
import type { Recipe } from '../recordings/recipe.ts'

const RECIPES = fileURLToPath(new URL('../recordings/recipes/', import.meta.url))

test('every recorded trace has the recipe that made it, and every recipe its trace', async () => {
  const recipes = await Promise.all(
    globSync('*.ts', { cwd: RECIPES }).map(async (file) => {
      const { recipe } = (await import(join(RECIPES, file))) as { recipe: Recipe }
      expect(`${recipe.slug}.ts`).toBe(basename(file))
      return [`recorded/${recipe.slug}`, recipe.dialect] as const
    }),
  )
  const traces = loadTraces(['recorded/*']).map(({ trace }) => [trace.id, trace.dialect] as const)
  expect(Object.fromEntries(traces)).toEqual(Object.fromEntries(recipes))
  expect(traces.length).toBeGreaterThanOrEqual(12)
})

test('a recorded trace says that its content is scripted, and of which recipe and software it is', () => {
  for (const { trace } of loadTraces(['recorded/*'])) {
    const { kind, sources = [], observed, fidelity, redaction } = trace.provenance
    expect(kind).toBe('recorded')
    expect(sources[0]).toMatch(
      new RegExp(`^conformance/recordings/recipes/${trace.id.split('/')[1]}\\.ts, \\d{4}-\\d\\d-\\d\\d: .*\\d\\.\\d`),
    )
    expect(observed?.['content']).toContain('scripted')
    expect(fidelity?.fault).toBe('exact')
    expect(redaction?.reviewedBy).toEqual(['Stopbit maintainers'])
  }
})
