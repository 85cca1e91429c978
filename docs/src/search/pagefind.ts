/** The part of Pagefind's interface that the search uses; the script itself is written by the build, beside its index. */
export interface Pagefind {
  /** Resolves to null if another search began meanwhile. */
  debouncedSearch(
    words: string,
    options: object,
    delayMs: number,
  ): Promise<{ readonly results: readonly PagefindResult[] } | null>
}

export interface PagefindResult {
  data(): Promise<PagefindPage>
}

interface PagefindPage extends PagefindPart {
  readonly meta: { readonly title?: string }
  readonly sub_results: readonly (PagefindPart & { readonly title: string })[]
}

interface PagefindPart {
  readonly url: string
  /** HTML: escaped text with `<mark>` around what was found. */
  readonly excerpt: string
}
