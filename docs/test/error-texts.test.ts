import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { classifyFault, FAULTS, type FaultKind, type TransportFacts } from '@stopbit/faults'
import { describe, expect, test } from 'vitest'
import { readRaised, type ErrorText, type RaisedLink } from '../src/data/error-text.ts'
import { TEXT_SOURCES } from '../src/data/error-texts.ts'
import { FAULT_ADVICE } from '../src/data/fault-advice.ts'
import { matchesQuery } from '../src/data/match-error-text.ts'

const docs = join(import.meta.dirname, '..')
const faults = join(docs, '../packages/faults')
const ROWS = TEXT_SOURCES.flatMap(({ texts }) => texts)
const CLASSIFIED = TEXT_SOURCES.filter(({ classified }) => classified).flatMap(({ texts }) => texts)

const SENT = { connected: true, secure: false, requestSent: true, reused: false, responseStarted: false }

/** What a transport knows where the text alone cannot tell. */
const TOLD_BY: Partial<Record<FaultKind, TransportFacts>> = {
  'reused-closed': { ...SENT, reused: true, sinceSentMs: 5, headersReceived: false },
  'upload-broken': { ...SENT, requestSent: false, headersReceived: false },
  'tls-handshake': { connected: false, secure: true, headersReceived: false },
  'refused-stream': { ...SENT, headersReceived: false },
  'client-gone': { headersReceived: true, aborted: 'by-client' },
  'aborted-by-us': { headersReceived: true, aborted: 'by-us' },
}

function errorOf({ raised }: ErrorText): Error {
  const error = toError(readRaised(raised))
  if (error === undefined) throw new Error('No error')
  return error
}

function toError([link, ...causes]: readonly RaisedLink[]): Error | undefined {
  if (link === undefined) return undefined
  const text = link.text.replaceAll('ADDR', '127.0.0.1:43210').replaceAll('xxxx', '40C7')
  // Node puts the system call before the errno, and into a field.
  const syscall = /^(read|write|connect|getaddrinfo) E[A-Z]+/.exec(text)?.[1]
  const { name = 'Error', code } = link
  return Object.assign(new Error(text, { cause: toError(causes) }), { name, code, syscall })
}

describe('classifyFault says of every text what the table says', () => {
  test.each(CLASSIFIED.map((row) => [row.id, row.raised, row] as const))('%s: %s', (_id, _raised, row) => {
    const error = errorOf(row)
    if (row.before !== undefined) expect(classifyFault({ headersReceived: false }, error).kind).toBe(row.before)
    if (row.body !== undefined) expect(classifyFault({ headersReceived: true }, error).kind).toBe(row.body)
    for (const kind of row.otherwise ?? []) {
      const facts = TOLD_BY[kind]
      if (facts === undefined) expect.unreachable(`no facts are known to tell ${kind}`)
      expect(classifyFault(facts, error).kind).toBe(kind)
    }
  })

  test('a text that does not tell is classified as any unknown error', () => {
    const silent = CLASSIFIED.filter(({ textDoesNotTell }) => textDoesNotTell === true)
    expect(silent.length).toBeGreaterThan(3)
    for (const { before, body } of silent) {
      expect([undefined, classifyFault({ headersReceived: false }, new Error('?')).kind]).toContain(before)
      expect([undefined, classifyFault({ headersReceived: true }, new Error('?')).kind]).toContain(body)
    }
  })
})

describe('no text is left out', () => {
  test('every error of the measured dictionary is in the table, letter for letter', () => {
    const lines = readFileSync(join(faults, 'test/dictionary.txt'), 'utf8').trim().split('\n')
    const table = new Set(ROWS.map(({ id, raised }) => `${id}: ${raised}`))
    expect(lines.length).toBeGreaterThan(100)
    expect(lines.filter((line) => !table.has(line))).toEqual([])
  })

  test('every pattern of error-texts.ts is met by a row', () => {
    const source = readFileSync(join(faults, 'src/error-texts.ts'), 'utf8')
    const patterns = [...source.matchAll(/^ {2}\[\/(.+)\/, '([a-z0-9-]+)'\],$/gm)]
    expect(patterns.length).toBeGreaterThan(20)
    const texts = CLASSIFIED.flatMap((row) => readRaised(row.raised).map(({ text }) => ({ text, row })))
    const unmet = patterns.filter(([, pattern = '', kind]) => {
      const expression = new RegExp(pattern)
      return !texts.some(({ text, row }) => {
        // Deno's reason stands behind the stage at which it failed.
        const said = text.split(/client error \(\w+\): /).at(-1) ?? ''
        return expression.test(said) && [row.before, row.body, ...(row.otherwise ?? [])].includes(toKind(kind, row))
      })
    })
    expect(unmet.map(([line]) => line)).toEqual([])
  })
})

/** A kind of the texts, as it is called at the place of the row: within a body, what is no answer is broken framing. */
function toKind(kind: string | undefined, { before }: ErrorText): FaultKind {
  const known = Object.keys(FAULTS) as FaultKind[]
  const found = known.find((each) => each === kind)
  if (found === undefined) throw new Error(`No kind ${kind}`)
  if (before !== undefined) return found
  return found === 'bad-response' ? 'bad-framing' : found
}

test('ids are unique, and every row says where it was seen', () => {
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length)
  expect(ROWS.filter(({ before, body }) => before === undefined && body === undefined)).toEqual([])
})

test('no row is at a place where its kind cannot happen', () => {
  const wrong = ROWS.filter(
    ({ before, body }) =>
      (before !== undefined && before.startsWith('body-')) ||
      (body !== undefined && OF_CONNECTING.has(FAULTS[body].phase)),
  )
  expect(wrong).toEqual([])
})

const OF_CONNECTING: ReadonlySet<string> = new Set(['connect', 'send'])

test('every page that a row or an advice names exists', () => {
  const pages = new Set(ROWS.flatMap(({ page }) => (page === undefined ? [] : [`incidents/${page}`])))
  const patterns = Object.values(FAULT_ADVICE).map(({ pattern }) => `patterns/${pattern}`)
  const missing = [...pages, ...patterns].filter(
    (page) => !['md', 'mdx'].some((end) => existsSync(join(docs, `src/content/docs/${page}.${end}`))),
  )
  expect(missing).toEqual([])
})

describe('matchesQuery() finds a row', () => {
  const of = (id: string): string => ROWS.find((row) => row.id === id)?.raised ?? ''

  test.each([
    ['B2', 'socket connection was closed unexpectedly'],
    ['B2', 'SOCKET  connection was closed'],
    [
      'B2',
      'API Error: ECONNRESET: The socket connection was closed unexpectedly. For more information, pass verbose: true in the second argument to fetch()',
    ],
    ['F10', 'terminated'],
    ['F1', 'Error: connect ECONNREFUSED 127.0.0.1:4141 at TCPConnectWrap.afterConnect'],
    ['P1', '(incomplete chunked read)'],
    ['U12', 'UND_ERR_BODY_TIMEOUT'],
    [
      'G1',
      '2026/11/21 [error] 12#12: *9 upstream prematurely closed connection while reading upstream, client: 127.0.0.1',
    ],
  ])('%s by %s', (id, query) => {
    expect(matchesQuery(of(id), query)).toBe(true)
  })

  test('a line of one program finds what others say of the same', () => {
    const found = ROWS.filter(({ raised }) => matchesQuery(raised, `${of('S1').replaceAll('"', '')}`)).map(
      ({ id }) => id,
    )
    expect(found.toSorted()).toEqual(['B2', 'S1', 'S2'])
  })

  test('and not another', () => {
    expect(matchesQuery(of('B2'), 'certificate has expired')).toBe(false)
    expect(matchesQuery(of('B1'), 'socket connection was closed')).toBe(false)
    expect(ROWS.filter(({ raised }) => matchesQuery(raised, 'no such text anywhere'))).toEqual([])
  })
})
