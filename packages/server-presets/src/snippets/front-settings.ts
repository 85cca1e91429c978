import { PRESET_TABLE, type PresetRow, type ServerPresetName } from '../preset-table.ts'

/** What to set at fronts that have no configuration file, as a comment that a shell passes over. */
const SETTINGS: Readonly<Partial<Record<ServerPresetName, readonly string[]>>> = {
  loopback: [],
  'aws-nlb': [
    'aws elbv2 modify-listener-attributes --listener-arn "$LISTENER" \\',
    '  --attributes Key=tcp.idle_timeout.seconds,Value=350',
  ],
  'gcp-lb': [
    "# The backend service's timeout bounds the whole response: it must be longer than the longest stream.",
    'gcloud compute backend-services update "$SERVICE" --global --timeout=3600',
  ],
  azure: [
    'az network lb rule update --resource-group "$GROUP" --lb-name "$BALANCER" --name "$RULE" \\',
    '  --idle-timeout 4 --enable-tcp-reset true',
  ],
  cloudflare: ['# Nothing to set: heartbeats keep each gap below the proxy read timeout.'],
  cloudfront: [
    '# In the custom origin of the distribution:',
    '#   OriginKeepaliveTimeout: 60   # at most 180; the reference of the AWS SDKs says 120',
    '#   OriginReadTimeout: 60        # 30 by default; heartbeats restart it',
  ],
  heroku: ['heroku config:set STOPBIT_SERVER_PRESET=heroku'],
  'oracle-lb': [
    '# In the listener: idle timeout of 300 s in place of 60 s, if heartbeats are off.',
    'oci lb listener update --load-balancer-id "$BALANCER" --name "$LISTENER" \\',
    '  --connection-configuration-idle-timeout 300',
  ],
}

/** What the gateway is told, and what the front is told. */
export function renderFrontSettings(name: ServerPresetName): string {
  const row: PresetRow = PRESET_TABLE[name]
  const own = row.keepAliveTimeout.value / 1_000
  const order =
    row.frontIdle === undefined
      ? `# The server keeps idle connections for ${own} s. Nothing is in front.`
      : `# The server keeps idle connections for ${own} s, the front for ${row.frontIdle.value / 1_000} s: the front closes first.`
  return [order, `export STOPBIT_SERVER_PRESET=${name}`, ...(SETTINGS[name] ?? []), ''].join('\n')
}
