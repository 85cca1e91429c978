import { Argument, type Command } from 'commander'
import {
  DRAIN_PRESETS,
  PRESET_TABLE,
  renderSnippet,
  SHARED_NUMBERS,
  SNIPPET_NAMES,
  type SnippetName,
} from '@stopbit/server-presets'

/** What a line of the list says of fronts that have no preset of their own. */
const FURTHER: Readonly<Record<string, string>> = {
  haproxy: 'HAProxy; with the preset nginx',
  caddy: 'Caddy; with the preset nginx',
  envoy: 'Envoy; with the preset nginx',
  kubernetes: 'how a Deployment stops the gateway; with any preset',
}

/** Adds `stopbit presets`, which prints what a front has to be set to. Nothing but the snippet goes to stdout. */
export function addPresetsCommand(program: Command): void {
  program
    .command('presets')
    .description('list the fronts that the gateway has numbers for, or print the configuration of one')
    .addArgument(new Argument('[name]', 'a front').choices(SNIPPET_NAMES))
    .option('--json', 'the numbers, with their sources')
    .action((name: SnippetName | undefined, { json }: { readonly json?: true }) => {
      if (json === true) process.stdout.write(toJson(name))
      else process.stdout.write(name === undefined ? list() : renderSnippet(name))
    })
}

function list(): string {
  return SNIPPET_NAMES.map((name) => `${name.padEnd(12)}${describe(name)}\n`).join('')
}

function describe(name: SnippetName): string {
  const row = Object.entries(PRESET_TABLE).find(([key]) => key === name)?.[1]
  return row?.front ?? FURTHER[name] ?? ''
}

/** The numbers of one preset, or of all by name. */
function toJson(name: SnippetName | undefined): string {
  const numbers: Readonly<Record<string, object>> = {
    ...Object.fromEntries(Object.entries(PRESET_TABLE).map(([key, row]) => [key, { ...row, ...SHARED_NUMBERS }])),
    ...DRAIN_PRESETS,
  }
  const shown = name === undefined ? numbers : (numbers[name] ?? numbers['nginx'])
  return `${JSON.stringify(shown, undefined, 2)}\n`
}
