import { defineConfig } from 'vitest/config'

// Tests run from source: the packages resolve through the `@stopbit/source` export condition, without a build. `import` is not
// listed: it is added where it holds, and Vitest hands the list to Node too, whose `require` would then get ES modules.
const conditions = ['@stopbit/source', 'module', 'node']

const ALL = [
  '{packages,apps}/*/{src,test}/**/*.test.ts',
  'conformance/{src,test}/**/*.test.ts',
  'docs/{src,test}/**/*.test.ts',
  'scripts/**/*.test.ts',
  'bench/test/**/*.test.ts',
]

/** They play the suite, whose clocks are scaled, or measure a rate: each has the machine for itself. */
const ALONE = [
  'apps/{gateway,targets}/test/conformance.test.ts',
  'apps/gateway/test/soak/*.test.ts',
  'conformance/src/{reference,run-mutants,sabotage}.test.ts',
  'conformance/src/run/{client-script,hostile-target}.test.ts',
  'packages/server-presets/test/race/*.test.ts',
  'bench/test/run-bench.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      // Most of their time is waiting, so that three at a time are done in half of it, also on two cores.
      { extends: true, test: { name: 'together', include: ALL, exclude: ALONE, maxWorkers: 3 } },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
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
