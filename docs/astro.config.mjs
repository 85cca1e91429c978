import starlight from '@astrojs/starlight'
import { defineConfig } from 'astro/config'
import { lightHeadingLinks } from './scripts/light-heading-links.ts'
import { EDIT_BASE, REPOSITORY } from './src/site.ts'

/** The packages resolve to their source in every environment, as in the tests: no build comes first. */
function resolveFromSource(name) {
  const runtime = name === 'client' ? 'browser' : 'node'
  return { resolve: { conditions: ['@stopbit/source', 'module', runtime, 'development|production'] } }
}

export default defineConfig({
  outDir: './dist/site',
  image: { service: { entrypoint: 'astro/assets/services/noop' } },
  server: { host: '127.0.0.1' },
  devToolbar: { enabled: false },
  vite: { plugins: [{ name: 'stopbit-source', configEnvironment: resolveFromSource }] },
  integrations: [
    starlight({
      title: 'Stopbit',
      description: 'LLM streams that always end, and whose end is true.',
      logo: { src: './src/assets/logo.svg' },
      favicon: '/favicon.svg',
      customCss: ['./src/styles/theme.css'],
      social: [{ icon: 'github', label: 'GitHub', href: REPOSITORY }],
      editLink: { baseUrl: EDIT_BASE },
      // Long error texts are read whole, on a phone too.
      expressiveCode: { defaultProps: { wrap: true }, styleOverrides: { borderRadius: '0.375rem' } },
      lastUpdated: false,
      credits: false,
      components: { Search: './src/components/Search.astro', Footer: './src/components/Footer.astro' },
      sidebar: [
        { label: 'Start', items: [{ autogenerate: { directory: 'start' } }] },
        { label: 'Patterns', items: [{ autogenerate: { directory: 'patterns' } }] },
        { label: 'Playground', link: '/playground/' },
        { label: 'Incidents', collapsed: true, items: [{ autogenerate: { directory: 'incidents' } }] },
        { label: 'Guides', items: [{ autogenerate: { directory: 'guides' } }] },
        {
          label: 'Reference',
          items: [
            'reference/options',
            'reference/faults',
            'reference/server-presets',
            'reference/exchange-record',
            'reference/data-path',
            { label: 'API', link: '/reference/api/' },
          ],
        },
        { label: 'Performance', items: [{ autogenerate: { directory: 'performance' } }] },
        { label: 'Conformance', items: [{ autogenerate: { directory: 'conformance' } }] },
        { label: 'Contributing', items: [{ autogenerate: { directory: 'contributing' } }] },
      ],
    }),
    lightHeadingLinks(),
  ],
})
