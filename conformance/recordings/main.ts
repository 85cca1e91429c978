// Remakes the recorded traces: node --conditions=@stopbit/source conformance/recordings/main.ts [NAME…] [--check]
// With --check nothing is written: each is played again, and must fail in the same way as the committed trace.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { formatTrace } from '@stopbit/traces'
import { parseTrace } from '@stopbit/traces'
import type { Recipe } from './recipe.ts'
import { kindOf, remake } from './remake.ts'

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true })
const folder = new URL('../traces/recorded/', import.meta.url)
const recipes = await loadRecipes()
const unknown = positionals.filter((name) => !recipes.some(({ slug }) => slug === name))
if (unknown.length > 0) {
  process.stderr.write(`no recipe ${unknown.join(', ')}; known are ${recipes.map(({ slug }) => slug).join(', ')}\n`)
  process.exit(2)
}
let failures = 0
for (const recipe of recipes) {
  if (positionals.length > 0 && !positionals.includes(recipe.slug)) continue
  const problem = await tryRecipe(recipe)
  failures += problem === undefined ? 0 : 1
  process.stdout.write(`${problem === undefined ? 'ok  ' : 'FAIL'}  ${recipe.slug.padEnd(34)} ${problem ?? ''}\n`)
}
process.exitCode = failures === 0 ? 0 : 1

async function loadRecipes(): Promise<Recipe[]> {
  const files = globSync('recipes/*.ts', { cwd: new URL('.', import.meta.url) }).toSorted()
  return await Promise.all(
    files.map(async (file) => ((await import(new URL(file, import.meta.url).href)) as { recipe: Recipe }).recipe),
  )
}

/** Why it is not as it should be; undefined when it is. */
async function tryRecipe(recipe: Recipe): Promise<string | undefined> {
  try {
    const trace = await remake(recipe, new Date().toISOString().slice(0, 10))
    const file = new URL(`${recipe.slug}.trace.json`, folder)
    if (values.check !== true) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, formatTrace(trace))
      return undefined
    }
    const [before, now] = [kindOf(parseTrace(readFileSync(file, 'utf8'), file.pathname)), kindOf(trace)]
    return isDeepStrictEqual(before, now) ? undefined : `was ${JSON.stringify(before)}, is ${JSON.stringify(now)}`
  } catch (error) {
    return (error as Error).message
  }
}
