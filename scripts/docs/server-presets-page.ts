import {
  DRAIN_PRESETS,
  PRESET_TABLE,
  SHARED_NUMBERS,
  type PresetRow,
  type SourcedNumber,
} from '../../packages/server-presets/src/index.ts'
import { toSitePage } from './site-page.ts'

/** The page of all server presets, from the table in code. */
export function renderServerPresetsPage(): string {
  const presets = Object.entries<PresetRow>(PRESET_TABLE).map(
    ([name, { front, frontIdle, frontSilence, keepAliveTimeout, earlyCommit }]) =>
      `## \`${name}\`\n\nIn front: ${front}.\n\n${table({
        'front closes idle connections': frontIdle,
        'front cuts a silent response': frontSilence,
        '`keepAliveTimeout`': keepAliveTimeout,
        '`earlyCommitMs` (gateway)': earlyCommit,
      })}`,
  )
  const drains = Object.entries(DRAIN_PRESETS).map(
    ([name, { drainDelayMs, drainDeadlineMs }]) =>
      `## \`${name}\`\n\nOn top of any of the others.\n\n${table({
        '`drainDelayMs`': drainDelayMs,
        '`drainDeadlineMs`': drainDeadlineMs,
      })}`,
  )
  const shared = Object.entries(SHARED_NUMBERS).map(([name, number]) => [`\`${name}\``, number])
  const markdown = `# Server presets

What a Node server is set to behind each front: by \`applyServerPreset()\` of \`@stopbit/server-presets\`, or by the gateway's
\`serverPreset\`. Generated from \`packages/server-presets/src/preset-table.ts\` by
\`./run docs:generate\`.

The rule: the front closes idle connections first, the server at least 5 s later. A server that closes first races with
requests that are on their way; they are lost, and no log tells of it. \`stopbit presets NAME\` prints the configuration of the
front that fits.

## In every preset

${table(Object.fromEntries(shared) as Record<string, SourcedNumber>)}

${[...presets, ...drains].join('\n\n')}
`
  return toSitePage(markdown, {
    description: 'The numbers that a Node server needs behind each front, each with its source.',
    madeFrom: 'packages/server-presets/src/preset-table.ts',
    order: 3,
  })
}

function table(numbers: Readonly<Record<string, SourcedNumber | undefined>>): string {
  const rows = Object.entries(numbers).flatMap(([name, number]) =>
    number === undefined
      ? []
      : [`| ${name} | ${number.value.toLocaleString('en')} ms | ${number.purpose} | ${number.source} |`],
  )
  return ['| number | value | what it is for | source |', '|---|---|---|---|', ...rows].join('\n')
}
