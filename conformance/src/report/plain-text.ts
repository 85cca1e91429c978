// What comes from a target may hold bytes that move a cursor, or that no XML can hold.
// oxlint-disable no-control-regex -- these are what is looked for

/** Text that every format can hold: other control characters than tab and line ends, and half surrogate pairs, become U+FFFD. */
export function legalText(text: string): string {
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFE\uFFFF]/g, '\uFFFD')
}

/** Text in one line: white space and control characters become one blank. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\u0000-\u001F\u007F-\u009F]+/g, ' ')
}
