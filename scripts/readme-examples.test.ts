import { execFile } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

test('every TypeScript example of a README type-checks', { timeout: 60_000 }, async () => {
  const examples = globSync(['README.md', 'packages/*/README.md', 'conformance/README.md'], { cwd: root }).flatMap(
    (file) => {
      const blocks = [...readFileSync(join(root, file), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
      return blocks.map(([, code = ''], i) => ({ file, code, place: exampleFile(file, i) }))
    },
  )
  expect(examples.length).toBeGreaterThanOrEqual(4)
  for (const { place, code } of examples) {
    mkdirSync(dirname(place), { recursive: true })
    onTestFinished(() => rmSync(place, { force: true }))
    writeFileSync(place, `export {}\n${code}`)
  }
  const project = join(root, 'tsconfig.examples.generated.json')
  onTestFinished(() => rmSync(project, { force: true }))
  const files = examples.map(({ place }) => place)
  const compilerOptions = { noUnusedLocals: false, types: ['node'], lib: ['es2024', 'webworker'] }
  writeFileSync(project, JSON.stringify({ extends: './tsconfig.tests.json', compilerOptions, include: [], files }))
  await run(join(root, 'node_modules/.bin/tsc'), ['--project', project]).catch(({ stdout }: { stdout: string }) => {
    expect.fail(stdout)
  })
})

/** Beside the package's code, so that its own dependencies resolve; the root's example imports what `@stopbit/node` has. */
function exampleFile(readme: string, i: number): string {
  const folder = dirname(readme) === '.' ? 'packages/node' : dirname(readme)
  return join(root, folder, 'test', `readme-${dirname(readme).replaceAll(/\W/g, '-')}-${i}.generated.ts`)
}
