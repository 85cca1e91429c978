// Regenerates src/data/modules.js: node --conditions=@stopbit/source packages/traces/scripts/write-trace-data.ts
// With --dist, at build: writes the same beside copies of the traces, as modules for any runtime.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { modulesText, readSuite } from './trace-modules.ts'

const PACKAGE = join(import.meta.dirname, '..')
const suite = readSuite()

if (process.argv.includes('--dist')) {
  const folder = join(PACKAGE, 'dist/data')
  for (const { id } of suite) mkdirSync(join(folder, dirname(id)), { recursive: true })
  for (const { id, text } of suite) writeFileSync(join(folder, `${id}.js`), `export default ${text.trim()}\n`)
  writeFileSync(
    join(folder, 'modules.js'),
    modulesText(suite, (id) => `import('./${id}.js')`),
  )
  cpSync(join(PACKAGE, 'src/data/modules.d.ts'), join(folder, 'modules.d.ts'))
} else {
  writeFileSync(join(PACKAGE, 'src/data/modules.js'), modulesText(suite))
}
