/** Whether a step of either side is the trace's failure. */
export function isFaultStep(step: object): boolean {
  return 'fault' in step && step.fault === true
}
