import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor, type Comment, type TSInterfaceDeclaration } from 'oxc-parser'

const SOURCE = join(import.meta.dirname, '../packages/exchange/src/record.ts')
const PAGE = join(import.meta.dirname, '../docs/exchange-record.md')

interface Field {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
  readonly text: string
}

/** The page of the exchange record, from the docstrings of its types. */
export function renderRecordPage(): string {
  const code = readFileSync(SOURCE, 'utf8')
  return `# The exchange record

Every exchange leaves exactly one record, whatever became of it. Generated from \`packages/exchange/src/record.ts\` by
\`node scripts/write-record-page.ts\`.

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

A \`fault\` has a \`kind\` and what follows of it (\`phase\`, \`proxyStatus\`, \`retrySafety\`), see [faults.md](faults.md), and the runtime's
error \`code\` if it gave one.
`
}

/** Whether the page in the repository is what the code says. */
export function isRecordPageFresh(): boolean {
  return readFileSync(PAGE, 'utf8') === renderRecordPage()
}

function table(fields: readonly Field[]): string {
  const rows = fields.map(
    ({ name, type, isOptional, text }) =>
      `| \`${name}\`${isOptional ? '?' : ''} | \`${type.replaceAll('|', '\\|')}\` | ${text} |`,
  )
  return ['| field | type | what it is |', '|---|---|---|', ...rows].join('\n')
}

/** The fields of an interface. A docstring is for its field and for those right below that have none. */
function fieldsOf(code: string, name: string): Field[] {
  const { program, comments } = parseSync('record.ts', code)
  let found: TSInterfaceDeclaration | undefined
  new Visitor({
    TSInterfaceDeclaration(node) {
      if (node.id.name === name) found = node
    },
  }).visit(program)
  if (found === undefined) throw new Error(`Cannot find the interface ${name}`)
  let text = ''
  let end = found.body.start + 1
  return found.body.body.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return []
    const start = end
    const comment = comments.find((candidate) => candidate.start >= start && candidate.end <= member.start)
    if (comment !== undefined) text = plain(comment)
    end = member.end
    const { typeAnnotation } = member
    if (!typeAnnotation) throw new Error(`Cannot find the type of ${name}.${member.key.name}`)
    const type = code.slice(typeAnnotation.start + 1, typeAnnotation.end).trim()
    return [{ name: member.key.name, type, isOptional: member.optional, text }]
  })
}

function plain({ value }: Comment): string {
  return value
    .replaceAll(/^\s*\*+ ?/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
}

if (import.meta.main) writeFileSync(PAGE, renderRecordPage())
