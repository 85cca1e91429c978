import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OPTIONS, toFlag, toVariable, type OptionRow } from '../../apps/gateway/src/option-table.ts'
import {
  CLIENT_GONE_POLICIES,
  COMMIT_POLICIES,
  resolveExchangeOptions,
  RETRY_POLICIES,
} from '../../packages/exchange/src/index.ts'
import { DIALECTS, ENDING_POLICIES } from '../../packages/sse/src/index.ts'
import { fieldsOf, type InterfaceField } from './interface-fields.ts'
import { toSitePage } from './site-page.ts'

const SOURCE = 'packages/exchange/src/options.ts'

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  retry: RETRY_POLICIES,
  commit: COMMIT_POLICIES,
  onClientGone: CLIENT_GONE_POLICIES,
  ending: ENDING_POLICIES,
  dialect: DIALECTS.map(({ id }) => id),
}

const KIND_WORDS: Readonly<Record<OptionRow['kind'], string>> = {
  choice: 'one word',
  switch: '`yes` or `no`; the flag alone is `yes`',
  duration: 'milliseconds',
  'duration-or-off': 'milliseconds, or `off`',
  size: 'a whole number; of bytes, if its name ends so',
  port: 'a port, 0 for any free one',
  url: 'an address',
  text: 'text',
  list: 'words, separated by commas',
  secret: 'a secret; it has no flag, because other users of the machine can read a command line',
  file: 'path of a file',
}

/** The page of all options: those of an exchange from their docstrings, with the defaults that the code resolves; then the gateway's. */
export function renderOptionsPage(): string {
  const fields = fieldsOf(readFileSync(join(import.meta.dirname, '../..', SOURCE), 'utf8'), 'ExchangeOptions')
  const shared = new Set(fields.map(({ name }) => name))
  const own = OPTIONS.filter(({ name }) => !shared.has(name))
  const markdown = `# Options

Every limit and policy, with its unit, its default, and what starts, restarts, pauses and stops it. Generated from
\`packages/exchange/src/options.ts\` and \`apps/gateway/src/option-table.ts\` by \`./run docs:generate\`.

The same option has the same name everywhere: as a field of the one options object of every adapter, as a flag of
\`stopbit gateway\`, as an environment variable, and as a key of the gateway's configuration file. Options are checked at the start;
an error names the option, the rule and the value. \`undefined\` is as good as left out.

## At a glance

| option | unit | default |
|---|---|---|
${fields.map(glanceRow).join('\n')}

## Of an exchange

In every adapter, and in the gateway.

${fields.map(exchangeSection).join('\n\n')}

## Of the gateway alone

${own.map(gatewaySection).join('\n\n')}
`
  return toSitePage(markdown, {
    description:
      'Every option with its unit, default, flag and environment variable, and what starts, pauses and stops its clock.',
    madeFrom: SOURCE,
    order: 1,
  })
}

function glanceRow({ name }: InterfaceField): string {
  return `| [\`${name}\`](#${name.toLowerCase()}) | ${unitOf(name)} | ${defaultOf(name)} |`
}

function exchangeSection({ name, type, text }: InterfaceField): string {
  const row = OPTIONS.find((option) => option.name === name)
  const off = type.includes("'off'") ? ", or `'off'`" : ''
  const inGateway = row === undefined ? [] : [`- **Gateway**: \`${toFlag(row)}\`, \`${toVariable(name)}\`; ${row.help}`]
  return [
    `### ${name}`,
    '',
    text,
    '',
    `- **Unit**: ${unitOf(name)}${off}. **Default**: ${defaultOf(name)}`,
    ...inGateway,
  ].join('\n')
}

function gatewaySection(row: OptionRow): string {
  const flag = row.kind === 'secret' ? '' : `\`${toFlag(row)}\`, `
  return `### ${row.name}\n\n${sentence(row.help)}\n\n- **Takes**: ${KIND_WORDS[row.kind]}\n- **Set by**: ${flag}\`${toVariable(row.name)}\``
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function unitOf(name: string): string {
  const choices = CHOICES[name]
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ')
  return name.endsWith('Bytes') ? 'bytes' : 'milliseconds'
}

/** As the code resolves it when nothing is set. */
function defaultOf(name: string): string {
  const value = Object.entries(resolveExchangeOptions()).find(([option]) => option === name)?.[1]
  if (value === undefined) return 'by the path of the request'
  if (value === Infinity) return "`'off'`"
  if (typeof value === 'number') return value.toLocaleString('en')
  if (typeof value === 'string') return `\`${value}\``
  const { stream, other } = resolveExchangeOptions().headersTimeoutMs
  return `${stream.toLocaleString('en')} for a stream, ${other.toLocaleString('en')} otherwise`
}
