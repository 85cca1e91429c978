/** What must not be in a file that is written: by name, so that a finding can be told without telling the secret. */
const PATTERNS: readonly (readonly [rule: string, pattern: RegExp])[] = [
  ['API key', /\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{16,}/],
  ['Google API key', /\bAIza[\w-]{30,}/],
  ['AWS key id', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_|github_pat_)\w{20,}/],
  ['Slack token', /\bxox[abprs]-[\w-]{10,}/],
  ['JSON web token', /\beyJ[\w-]{8,}\.[\w-]{8,}/],
  ['bearer token', /\bbearer\s+[\w.~+/-]{12,}/i],
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['password in a URL', /:\/\/[^\s/:@"]+:[^\s/@"]+@/],
  ['e-mail address', /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}/],
]
const TOKEN = /[A-Za-z0-9+/_-]{20,}/g
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
