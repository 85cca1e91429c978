import { REPOSITORY } from '../../docs/src/site.ts'

/** Where the site's pages are, from the root of the repository. */
export const CONTENT = 'docs/src/content/docs'

/** What stands above a page that is made of code. */
export interface SitePageHead {
  /** One sentence for search results and `llms.txt`. */
  readonly description: string
  /** The file to edit instead of the page, from the root of the repository. */
  readonly madeFrom: string
  /** Place in its part of the sidebar. */
  readonly order: number
  /** Name in the sidebar, where the title is too long for it. */
  readonly label?: string
}

/** Plain Markdown that begins with its title, as a page of the site: with frontmatter, and its links made for there. */
export function toSitePage(markdown: string, { description, madeFrom, order, label }: SitePageHead): string {
  const [, title, body] = /^# (.*)\n\n([\s\S]*)$/.exec(markdown) ?? []
  if (title === undefined || body === undefined) throw new Error('Cannot make a page of Markdown without a title')
  const lines = [
    `title: ${JSON.stringify(title)}`,
    `description: ${JSON.stringify(description)}`,
    `editUrl: ${REPOSITORY}/edit/main/${madeFrom}`,
    'sidebar:',
    `  order: ${order}`,
    ...(label === undefined ? [] : [`  label: ${JSON.stringify(label)}`]),
  ]
  return `---\n${lines.join('\n')}\n---\n\n${body}`
}
