import type { ErrorText } from '../error-text.ts'

/** Chromium: what the program gets, and behind it what the developer tools show. */
export const CHROMIUM: readonly ErrorText[] = [
  {
    id: 'C1',
    raised: 'TypeError "Failed to fetch"',
    textDoesNotTell: true,
    before: 'closed-before-headers',
    body: 'body-reset',
    page: 'fetch-failed',
    note: 'Also for a refused connection, a failed look-up and CORS; and for `response.text()` of a body that was cut. The developer tools say which.',
  },
  {
    id: 'C2',
    raised: 'TypeError "network error"',
    body: 'body-reset',
    page: 'net-err-incomplete-chunked-encoding',
    note: 'From `response.body.getReader()`, behind the bytes that arrived.',
  },
  {
    id: 'C3',
    raised: '"net::ERR_INCOMPLETE_CHUNKED_ENCODING"',
    body: 'body-reset',
    page: 'net-err-incomplete-chunked-encoding',
  },
  {
    id: 'C4',
    raised: '"net::ERR_CONTENT_LENGTH_MISMATCH"',
    body: 'body-reset',
    page: 'net-err-incomplete-chunked-encoding',
  },
  {
    id: 'C5',
    raised: '"net::ERR_CONNECTION_RESET"',
    before: 'closed-before-headers',
    body: 'body-reset',
    page: 'net-err-incomplete-chunked-encoding',
  },
  {
    id: 'C6',
    raised: '"net::ERR_EMPTY_RESPONSE"',
    before: 'closed-before-headers',
    page: 'net-err-incomplete-chunked-encoding',
  },
]

/** What parsers say of half a JSON text, or of HTML in its place. */
export const JSON_PARSERS: readonly ErrorText[] = [
  {
    id: 'J1',
    raised: 'SyntaxError "Unexpected end of JSON input"',
    body: 'body-truncated',
    page: 'unexpected-end-of-json-input',
    note: 'Node and Chromium, for an empty text or one that ends between two tokens.',
  },
  {
    id: 'J2',
    raised: 'SyntaxError "Unterminated string in JSON at position 15 (line 1 column 16)"',
    body: 'body-truncated',
    page: 'unexpected-end-of-json-input',
    note: 'Node, for a text that ends within a string.',
  },
  {
    id: 'J3',
    raised: 'SyntaxError "Unexpected token \'<\', "<html>" is not valid JSON"',
    body: 'bad-framing',
    page: 'unexpected-end-of-json-input',
    note: "Node: a proxy's error page was read as JSON.",
  },
  {
    id: 'J4',
    raised: 'SyntaxError "JSON Parse error: Unexpected EOF"',
    body: 'body-truncated',
    page: 'unexpected-end-of-json-input',
    note: 'Bun.',
  },
  {
    id: 'J5',
    raised: 'SyntaxError "JSON Parse error: Unterminated string"',
    body: 'body-truncated',
    page: 'unexpected-end-of-json-input',
    note: 'Bun.',
  },
  {
    id: 'J6',
    raised: 'SyntaxError "JSON Parse error: Unrecognized token \'<\'"',
    body: 'bad-framing',
    page: 'unexpected-end-of-json-input',
    note: "Bun: a proxy's error page was read as JSON.",
  },
  {
    id: 'J7',
    raised: 'json.JSONDecodeError "Unterminated string starting at: line 1 column 10 (char 9)"',
    body: 'body-truncated',
    page: 'unexpected-end-of-json-input',
    note: 'Python.',
  },
  {
    id: 'J8',
    raised: 'json.JSONDecodeError "Expecting value: line 1 column 1 (char 0)"',
    body: 'bad-framing',
    page: 'unexpected-end-of-json-input',
    note: 'Python: an empty body, or an error page.',
  },
]
