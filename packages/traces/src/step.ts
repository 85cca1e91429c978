/** What every step of a script may carry. */
export interface Step {
  readonly note?: string
}

/** Marks the one step that is the failure. The runner attests that it ran. */
export interface FaultStep extends Step {
  readonly fault?: true
}
