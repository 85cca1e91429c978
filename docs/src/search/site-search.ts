import type { Pagefind } from './pagefind.ts'
import { renderResults } from './render-results.ts'

/** Written by the build, with the index beside it. */
const SCRIPT = '/pagefind/pagefind.js'

const PAUSE_MS = 150

/** `<site-search>`: a button, and a dialog with a field. The index is loaded when the dialog opens for the first time. */
export class SiteSearch extends HTMLElement {
  #pagefind: Promise<Pagefind> | undefined

  connectedCallback(): void {
    const dialog = part(this, 'dialog', HTMLDialogElement)
    const input = part(this, 'input', HTMLInputElement)
    const open = (): void => {
      dialog.showModal()
      input.select()
      void this.#search('')
    }
    part(this, 'button.open', HTMLButtonElement).addEventListener('click', open)
    input.addEventListener('input', () => void this.#search(input.value.trim()))
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') dialog.close() // the field would take it, to be emptied
      if (event.key !== 'Enter') return
      event.preventDefault()
      this.querySelector<HTMLAnchorElement>('ol a')?.click()
    })
    // A click on the backdrop is one on the dialog itself.
    dialog.addEventListener('click', ({ target }) => {
      if (target === dialog) dialog.close()
    })
    addEventListener('keydown', (event) => {
      if (event.key !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      if (dialog.open) dialog.close()
      else open()
    })
  }

  async #search(words: string): Promise<void> {
    const status = part(this, '[role=status]', HTMLElement)
    try {
      this.#pagefind ??= import(/* @vite-ignore */ SCRIPT) as Promise<Pagefind>
      const found = await (await this.#pagefind).debouncedSearch(words, {}, PAUSE_MS)
      if (found === null) return // more was typed
      await renderResults(part(this, 'ol', HTMLElement), status, words === '' ? undefined : found.results)
    } catch {
      status.textContent = 'The search index cannot be loaded. It exists on the built site only.'
    }
  }
}

function part<Kind extends HTMLElement>(root: HTMLElement, selector: string, kind: new () => Kind): Kind {
  const found = root.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`The search has no ${selector}`)
}
