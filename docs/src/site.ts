/** Where the source lives: edit links, source links and the package pages point there. */
export const REPOSITORY = 'https://github.com/stopbit/stopbit'

/** The branch that edit links lead to. */
export const EDIT_BASE: string = `${REPOSITORY}/edit/main/docs/`
