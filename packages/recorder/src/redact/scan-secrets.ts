/** What must not be in a file that is written: by name, so that a finding can be told without telling the secret. */
const PATTERNS: readonly (readonly [rule: string, pattern: RegExp])[] = [
  ['API key', /\b(?:sk|pk|rk|gsk|xai|pplx|hf|r8|npm|glpat|sess)[-_][\w-]{0,80}?[A-Za-z0-9]{16,}/],
  ['Google API key', /\bAIza[\w-]{30,}/],
  ['Google OAuth token', /\bya29\.[\w-]{16,}/],
  ['AWS key id', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_|github_pat_)\w{20,}/],
  ['Slack token', /\bxox[abprs]-[\w-]{10,}/],
  ['JSON web token', /\beyJ[\w-]{8,}\.[\w-]{8,}/],
  ['bearer token', /\b(?:bearer|basic)\s+[\w.~+/=-]{12,}/i],
  ['key in a query', /[?&](?:key|api[-_]?key|token|access_token|sig|signature)=[^&\s"]{6,}/i],
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['password in a URL', /:\/\/[^\s/:@"]+:[^\s/@"]+@/],
  // Bounded, and only from a word's beginning: filler is one word of megabytes.
  ['e-mail address', /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,}/],
  [
    'IP address',
    /(?<![\w.])(?!127\.0\.0\.1|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:(?:[\da-f]{1,4}:){7}|(?:[\da-f]{1,4}:){1,6}(?::[\da-f]{1,4}){0,5}:)[\da-f]{1,4}(?![\w:])/i,
  ],
  [
    'host name',
    /(?<![\w.-])(?:[a-z\d-]{1,63}\.){1,8}(?:com|net|org|io|dev|ai|app|cloud|internal|intra|local|localdomain|lan|corp)(?![\w.-])/i,
  ],
  ["somebody's folder", /\/(?:home|Users)\/[\w.-]+/],
]
/** Bounded: of a token of megabytes a pattern runs out of stack. */
const TOKEN = /[A-Za-z0-9+/_-]{20,1024}/g
const MIN_BITS_MIXED = 3.5
const MIN_BITS_HEX = 3

/** The names of the rules that `text` breaks, each once; empty when it holds nothing that looks like a secret. */
export function scanForSecrets(text: string): string[] {
  const found = PATTERNS.filter(([, pattern]) => pattern.test(text)).map(([rule]) => rule)
  const random = (text.match(TOKEN) ?? []).some(looksRandom)
  return random ? [...found, 'high entropy'] : found
}

function looksRandom(token: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(token)) return bitsPerChar(token) >= MIN_BITS_HEX
  const classes = [/[a-z]/, /[A-Z]/, /\d/].filter((pattern) => pattern.test(token)).length
  return classes === 3 && bitsPerChar(token) >= MIN_BITS_MIXED
}

/** Shannon's entropy of a text's own characters. */
function bitsPerChar(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
