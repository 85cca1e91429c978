import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fieldsOf, type InterfaceField } from './interface-fields.ts'
import { toSitePage } from './site-page.ts'

const SOURCE = 'packages/exchange/src/record.ts'

/** The page of the exchange record, from the docstrings of its types. */
export function renderRecordPage(): string {
  const code = readFileSync(join(import.meta.dirname, '../..', SOURCE), 'utf8')
  const markdown = `# The exchange record

Every exchange leaves exactly one record, whatever became of it. Generated from \`packages/exchange/src/record.ts\` by
\`./run docs:generate\`.

It is a flat object, version 1: fields may be added to it, and none changes its meaning without another version. It holds no
prompt, no completion, no key, no query and no text of the runtime, so it may be logged as it is. Times are in milliseconds.

| where | what |
|---|---|
| \`onRecord\` of an adapter | called with it |
| \`diagnostics_channel\` | \`stopbit:exchange\`, next to \`stopbit:exchange:start\` and \`stopbit:stall\` |
| OpenTelemetry | \`startTelemetry()\` of \`@stopbit/telemetry\`: spans and metrics made of it |
| the gateway's log | the fields of a line with the message \`exchange\` |
| the gateway's journal | a line of JSON, with the API's origin as \`upstream\` before it; \`stopbit report\` adds them up |

## ExchangeRecord

${table(fieldsOf(code, 'ExchangeRecord'))}

## AttemptRecord

One attempt to get the request answered.

${table(fieldsOf(code, 'AttemptRecord'))}

## Endings

| ending | what it is |
|---|---|
| \`completed\` | as the stream ended; also every answer that is no stream, whatever its status |
| \`completed-sentinel\` | complete, with the sentinel added that the API had left out |
| \`error\` | with an error event of ours, or of the API |
| \`kept-partial\` | with the open text closed, then an error event (option \`ending\`) |
| \`truncated\` | with a truncation reason (option \`ending\`) |
| \`incomplete\` | with the framing left incomplete: the body cannot carry an error |
| \`error-status\` | with an error response of ours; no byte of an answer had gone out |
| \`thrown\` | with an error that a caller in the same process got |
| \`client-gone\` | the client left first |

A \`fault\` has a \`kind\` and what follows of it (\`phase\`, \`proxyStatus\`, \`retrySafety\`), see [Faults](/reference/faults/), and the runtime's
error \`code\` if it gave one.
`
  return toSitePage(markdown, {
    description: 'Every field of the one record that each exchange leaves, and where it goes.',
    madeFrom: SOURCE,
    order: 4,
  })
}

function table(fields: readonly InterfaceField[]): string {
  const rows = fields.map(
    ({ name, type, isOptional, text }) =>
      `| \`${name}\`${isOptional ? '?' : ''} | \`${type.replaceAll('|', '\\|')}\` | ${text} |`,
  )
  return ['| field | type | what it is |', '|---|---|---|', ...rows].join('\n')
}
