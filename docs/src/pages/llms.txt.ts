import type { APIRoute } from 'astro'
import { getCollection } from 'astro:content'

/** https://llmstxt.org: every page with its sentence, part by part. */
export const GET: APIRoute = async () => {
  const pages = await getCollection('docs')
  const parts = Map.groupBy(
    pages.toSorted((a, b) => (a.data.sidebar.order ?? 99) - (b.data.sidebar.order ?? 99) || (a.id < b.id ? -1 : 1)),
    ({ id }) => (id.includes('/') ? id.split('/')[0] : ''),
  )
  const sections = ['', 'start', 'incidents', 'patterns', 'guides', 'reference', 'conformance', 'contributing'].flatMap(
    (part) => {
      const lines = (parts.get(part) ?? []).map(
        ({ id, data }) =>
          `- [${data.title}](/${id === 'index' ? '' : `${id}/`})${data.description ? `: ${data.description}` : ''}`,
      )
      return lines.length === 0
        ? []
        : [`## ${part === '' ? 'Site' : part.charAt(0).toUpperCase() + part.slice(1)}\n\n${lines.join('\n')}`]
    },
  )
  const head = `# Stopbit

> LLM streams that always end, and whose end is true. Stopbit is a family of TypeScript packages and a gateway for people who run
> proxies in front of LLM APIs, and for people who write the clients behind them.`
  return new Response(`${[head, ...sections].join('\n\n')}\n`, {
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}
