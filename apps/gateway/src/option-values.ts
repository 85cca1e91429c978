import { readFileSync } from 'node:fs'
import { OptionError } from '@stopbit/exchange'

/** The text of an option, and the name under which its author knows it: a flag, a variable or a key of a file. */
export interface Given {
  readonly text: string
  readonly as: string
}

/** Longest duration that timers take: 2^31 - 1 ms. Sizes and ports are below it too. */
const MAX_INTEGER = 2_147_483_647

/**
 * The options that were given, by name, each read by its kind. Every method answers `undefined` for an option that was not
 * given, and throws an `OptionError` for a value that breaks the rule.
 */
export class OptionValues {
  readonly #given: ReadonlyMap<string, Given>

  constructor(given: ReadonlyMap<string, Given>) {
    this.#given = given
  }

  text(name: string): string | undefined {
    return this.#given.get(name)?.text
  }

  list(name: string): string[] {
    const items = this.text(name)?.split(',') ?? []
    return items.map((item) => item.trim()).filter((item) => item !== '')
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    return this.#read(name, ({ text, as }) => {
      const chosen = choices.find((choice) => choice === text)
      if (chosen !== undefined) return chosen
      throw new OptionError(as, `must be one of ${choices.join(', ')}`, text)
    })
  }

  secret(name: string): string | undefined {
    return this.#read(name, ({ text, as }) => {
      if (/^[\x21-\x7e]+$/.test(text)) return text
      throw new OptionError(as, 'must be printable characters without spaces', 'something else')
    })
  }

  url(name: string): URL | undefined {
    return this.#read(name, ({ text, as }) => {
      const rule = 'must be an http: or https: URL without credentials, query or fragment'
      const url = URL.canParse(text) ? new URL(text) : undefined
      const hasMore = [url?.username, url?.password, url?.search, url?.hash].some(
        (part) => part !== undefined && part !== '',
      )
      // A password or a key in it must not be repeated.
      if (hasMore || text.includes('@')) throw new OptionError(as, rule, 'one that has them')
      if (url === undefined || !/^https?:$/.test(url.protocol)) throw new OptionError(as, rule, text)
      return url
    })
  }

  duration(name: string): number | undefined {
    return this.#integer(name, 'must be a whole number of milliseconds', 1, MAX_INTEGER)
  }

  durationOrOff(name: string): number | 'off' | undefined {
    if (this.text(name) === 'off') return 'off'
    return this.#integer(name, 'must be "off" or a whole number of milliseconds', 1, MAX_INTEGER)
  }

  size(name: string): number | undefined {
    return this.#integer(name, 'must be a whole number of bytes', 1, MAX_INTEGER)
  }

  port(name: string): number | undefined {
    return this.#integer(name, 'must be a port number', 0, 65_535)
  }

  /** The text of a file of certificates. */
  pem(name: string): string | undefined {
    return this.#read(name, ({ text: file, as }) => {
      let pem = ''
      try {
        pem = readFileSync(file, 'utf8')
      } catch (error) {
        throw new OptionError(as, `must be a readable file (${(error as Error).message})`, file)
      }
      if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
      throw new OptionError(as, 'must hold certificates in PEM form', file)
    })
  }

  #integer(name: string, rule: string, min: number, max: number): number | undefined {
    return this.#read(name, ({ text, as }) => {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
      if (value >= min && value <= max) return value
      throw new OptionError(as, `${rule} from ${min} to ${max}`, text)
    })
  }

  #read<Value>(name: string, read: (given: Given) => Value): Value | undefined {
    const given = this.#given.get(name)
    return given === undefined ? undefined : read(given)
  }
}
