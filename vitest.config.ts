import { defineConfig } from 'vitest/config'

// Tests run from source: the packages resolve through the `@stopbit/source` export condition, without a build.
const conditions = ['@stopbit/source', 'module', 'node', 'import', 'default']

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
    coverage: { include: ['packages/*/src/**', 'apps/*/src/**', 'conformance/src/**'] },
  },
})
