import { OptionError } from './options.ts'

/** An API key of the proxy's own, as it may stand in a header. Throws an `OptionError` for any other, without repeating it. */
export function checkCredential(value: string | undefined): string | undefined {
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value
  throw new OptionError('credential', 'must be printable characters without spaces')
}
