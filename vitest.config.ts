import { defineConfig } from 'vitest/config'

// Tests run from source: the packages resolve through the `@stopbit/source` export condition, without a build. `import` is not
// listed: it is added where it holds, and Vitest hands the list to Node too, whose `require` would then get ES modules.
const conditions = ['@stopbit/source', 'module', 'node']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      '{packages,apps}/*/{src,test}/**/*.test.ts',
      'conformance/{src,test}/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    execArgv: ['--conditions=@stopbit/source'],
    testTimeout: 10_000,
    hookTimeout: 10_000,
    coverage: {
      include: ['packages/*/src/**', 'apps/*/src/**', 'conformance/src/**'],
      // What every judgement rests on. `./run coverage` measures these two and nothing else.
      thresholds: { 'packages/faults/src/**': { branches: 95 }, 'packages/exchange/src/**': { branches: 95 } },
    },
  },
})
