import { PRESET_TABLE, type DrainPresetName, type ServerPresetName } from '../preset-table.ts'
import { renderAwsAlb } from './aws-alb.ts'
import { renderCaddy } from './caddy.ts'
import { renderEnvoy } from './envoy.ts'
import { FRONT_NUMBERS, type FrontNumbers } from './front-numbers.ts'
import { renderFrontSettings } from './front-settings.ts'
import { renderHaproxy } from './haproxy.ts'
import { renderKubernetes } from './kubernetes.ts'
import { renderNginx } from './nginx.ts'

/** What there is a snippet for: every preset, and further fronts that go with the numbers of `nginx`. */
export type SnippetName = ServerPresetName | DrainPresetName | 'haproxy' | 'caddy' | 'envoy'

const RENDERERS: Readonly<Partial<Record<SnippetName, (numbers: FrontNumbers) => string>>> = {
  nginx: renderNginx,
  haproxy: renderHaproxy,
  caddy: renderCaddy,
  envoy: renderEnvoy,
  kubernetes: renderKubernetes,
  'aws-alb': renderAwsAlb,
}

/** Every snippet, in the order of the docs. */
export const SNIPPET_NAMES: readonly SnippetName[] = [
  ...(Object.keys(PRESET_TABLE) as ServerPresetName[]),
  'haproxy',
  'caddy',
  'envoy',
  'kubernetes',
]

/**
 * The configuration of a front, from the numbers of its preset.
 *
 * @param numbers other addresses or limits than those of the preset, for the fronts that have a configuration file.
 */
export function renderSnippet(name: SnippetName, numbers: Partial<FrontNumbers> = {}): string {
  const render = RENDERERS[name]
  if (render !== undefined) return render({ ...FRONT_NUMBERS, ...numbers })
  return renderFrontSettings(name as ServerPresetName)
}
