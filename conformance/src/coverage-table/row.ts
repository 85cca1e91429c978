/** One thing that can happen, and the traces that show it. */
export interface CoverageRow {
  /** In the words of the table that it comes from. */
  readonly what: string
  /** Ids of traces. Empty only with a `because`. */
  readonly traces: readonly string[]
  /** Why no trace shows it, or what the traces leave out. */
  readonly because?: string
}

/** Rows of one source. */
export interface CoverageSection {
  readonly title: string
  /** What the rows are, and where they come from. */
  readonly about: string
  /** Values that each trace must have as permutations, such as the four ways in which an upstream goes away. */
  readonly inEach?: { readonly param: string; readonly values: readonly string[] }
  readonly rows: readonly CoverageRow[]
}
