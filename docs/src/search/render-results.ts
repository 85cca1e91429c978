import type { PagefindResult } from './pagefind.ts'

const SHOWN = 8
const SHOWN_PARTS = 3

/** Shows the first results with their best parts, and says how many there are; `undefined` if nothing was asked. */
export async function renderResults(
  list: Element,
  status: Element,
  results: readonly PagefindResult[] | undefined,
): Promise<void> {
  const pages = await Promise.all((results ?? []).slice(0, SHOWN).map((result) => result.data()))
  const items = pages.map(({ url, excerpt, meta, sub_results: parts }) => {
    const item = document.createElement('li')
    const text = document.createElement('span')
    text.innerHTML = excerpt
    const links = parts
      .filter((part) => part.url !== url && part.title !== meta.title)
      .slice(0, SHOWN_PARTS)
      .map((part) => link(part.url, part.title, 'sub'))
    item.append(link(url, meta.title ?? url), text, ...links)
    return item
  })
  list.replaceChildren(...items)
  status.textContent = results === undefined ? '' : summary(results.length)
}

function summary(count: number): string {
  if (count === 0) return 'Nothing found. Try fewer words of the error text.'
  if (count === 1) return 'One page'
  return `${count} pages${count > SHOWN ? `, the first ${SHOWN} are shown` : ''}`
}

function link(url: string, text: string, className = ''): HTMLAnchorElement {
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.textContent = text
  anchor.className = className
  return anchor
}
