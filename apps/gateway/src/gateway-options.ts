import { readFileSync } from 'node:fs'
import {
  CLIENT_GONE_POLICIES,
  COMMIT_POLICIES,
  OptionError,
  RETRY_POLICIES,
  type ExchangeOptions,
} from '@stopbit/exchange'
import { isLoopbackHost, type ServerPreset } from '@stopbit/server-presets'
import { DIALECTS, ENDING_POLICIES } from '@stopbit/sse'
import { OPTIONS, PLANNED, toFlag, toVariable } from './option-table.ts'
import { OptionValues, type Given } from './option-values.ts'
import { readServerPreset } from './read-server-preset.ts'

const DIALECT_IDS = DIALECTS.map(({ id }) => id)

/** Everything a gateway needs to know to start. */
export interface GatewayOptions {
  readonly upstreamUrl: URL
  readonly listenHost: string
  readonly listenPort: number
  readonly allowedHosts: readonly string[]
  readonly token: string | undefined
  readonly credential: string | undefined
  /** PEM text. */
  readonly upstreamCa: string | undefined
  readonly upstreamProxy: string | undefined
  readonly allowH2: boolean
  readonly maxConnections: number | undefined
  readonly connectTimeoutMs: number | undefined
  readonly listener: ServerPreset
  readonly drainDelayMs: number
  readonly drainDeadlineMs: number
  readonly recordDir: string | undefined
  /** 0 for any free one. Undefined: the next after the listener's, or another one if that is taken. */
  readonly adminPort: number | 'off' | undefined
  readonly verbose: boolean
  readonly journalDir: string | undefined
  readonly journalMaxBytes: number
  readonly journalMaxAgeMs: number
  readonly exchange: ExchangeOptions
}

/** Where options come from; the first that has one wins. */
export interface OptionSources {
  /** By option name. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: NodeJS.ProcessEnv
  /** Path of a JSON file with options by name. */
  readonly configFile?: string
}

/**
 * Reads the options: flags win over the environment, the environment over the configuration file. Throws an `OptionError`
 * that names the option as it was given, the rule and the value; secrets are not repeated.
 */
export function readGatewayOptions(sources: OptionSources): GatewayOptions {
  const values = new OptionValues(collect(sources))
  const upstreamUrl = values.url('upstreamUrl')
  if (upstreamUrl === undefined) {
    throw new OptionError('--upstream or STOPBIT_UPSTREAM_URL', 'must say where the API is')
  }
  const listenHost = values.text('listenHost') ?? '127.0.0.1'
  const token = values.secret('token')
  if (!isLoopbackHost(listenHost) && token === undefined) {
    throw new OptionError(
      '--host or STOPBIT_LISTEN_HOST',
      'must be loopback unless there is a STOPBIT_TOKEN',
      listenHost,
    )
  }
  const { listener, drainDelayMs, drainDeadlineMs, earlyCommitMs } = readServerPreset(values)
  return {
    upstreamUrl,
    listenHost,
    listenPort: values.port('listenPort') ?? 4141,
    allowedHosts: values.list('allowedHosts'),
    token,
    credential: values.secret('credential'),
    upstreamCa: values.pem('upstreamCaFile'),
    upstreamProxy: values.text('upstreamProxy'),
    allowH2: values.choice('allowH2', ['no', 'yes']) === 'yes',
    maxConnections: values.size('maxConnections'),
    connectTimeoutMs: values.duration('connectTimeoutMs'),
    listener,
    drainDelayMs,
    drainDeadlineMs,
    recordDir: values.text('recordDir'),
    adminPort: values.text('adminPort') === 'off' ? 'off' : values.port('adminPort'),
    verbose: values.choice('verbose', ['no', 'yes']) === 'yes',
    journalDir: values.text('journalDir'),
    journalMaxBytes: values.size('journalMaxBytes') ?? 134_217_728,
    journalMaxAgeMs: values.duration('journalMaxAgeMs') ?? 1_209_600_000,
    exchange: readExchangeOptions(values, earlyCommitMs),
  }
}

function readExchangeOptions(values: OptionValues, earlyCommitMs: number | 'off' | undefined): ExchangeOptions {
  return {
    uploadStallMs: values.duration('uploadStallMs'),
    poolWaitMs: values.duration('poolWaitMs'),
    // A gateway is run by somebody who wants his agents to go on: a lost call costs more than its tokens.
    retry: values.choice('retry', RETRY_POLICIES) ?? 'replayable',
    retryBackoffMs: values.duration('retryBackoffMs'),
    retryWindowMs: values.duration('retryWindowMs'),
    headersTimeoutMs: values.duration('headersTimeoutMs'),
    idleTimeoutMs: values.duration('idleTimeoutMs'),
    stallWarnMs: values.durationOrOff('stallWarnMs'),
    progressTimeoutMs: values.duration('progressTimeoutMs'),
    totalTimeoutMs: values.durationOrOff('totalTimeoutMs'),
    commit: values.choice('commit', COMMIT_POLICIES),
    earlyCommitMs,
    commitAfterMs: values.duration('commitAfterMs'),
    openingHoldMs: values.duration('openingHoldMs'),
    heartbeatMs: values.durationOrOff('heartbeatMs'),
    downstreamStallMs: values.duration('downstreamStallMs'),
    finishGraceMs: values.duration('finishGraceMs'),
    onClientGone: values.choice('onClientGone', CLIENT_GONE_POLICIES),
    ending: values.choice('ending', ENDING_POLICIES),
    dialect: values.choice('dialect', DIALECT_IDS),
    maxEventBytes: values.size('maxEventBytes'),
    maxJsonBytes: values.size('maxJsonBytes'),
    maxReplayBytes: values.size('maxReplayBytes'),
  }
}

function collect({ flags, environment, configFile }: OptionSources): Map<string, Given> {
  const config = configFile === undefined ? {} : readConfig(configFile)
  const known = new Set(OPTIONS.map(({ name }) => toVariable(name)))
  const planned = new Set([...PLANNED].map(toVariable))
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('STOPBIT_') && !known.has(variable)) refuse(variable, planned.has(variable))
  }
  const names = new Set(OPTIONS.map(({ name }) => name))
  for (const key of Object.keys(config)) {
    if (!names.has(key)) refuse(`${key} in ${configFile}`, PLANNED.has(key))
  }
  const given = new Map<string, Given>()
  for (const row of OPTIONS) {
    const variable = toVariable(row.name)
    const [flag, value, key] = [flags[row.name], environment[variable], config[row.name]]
    if (flag !== undefined) given.set(row.name, { text: flag, as: toFlag(row) })
    else if (value !== undefined && value !== '') given.set(row.name, { text: value, as: variable })
    else if (key !== undefined) given.set(row.name, toGiven(key, `${row.name} in ${configFile}`))
  }
  return given
}

/** A list of a file is written as one of the environment, so that both are read alike. */
function toGiven(value: unknown, as: string): Given {
  const texts = (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (typeof item === 'string' || typeof item === 'number') return String(item)
    throw new OptionError(as, 'must be a text, a number or a list of texts') // its value may be a secret
  })
  return { text: texts.join(','), as }
}

function refuse(name: string, isPlanned: boolean): never {
  throw new OptionError(name, isPlanned ? 'this version does not have it yet' : 'there is no such option')
}

function readConfig(file: string): Record<string, unknown> {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new OptionError('--config', `must be a readable file (${(error as Error).message})`, file)
  }
  try {
    const config: unknown = JSON.parse(text)
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { ...config }
  } catch {
    // The parser's message would quote the file, which may hold a key.
    throw new OptionError('--config', 'must be valid JSON', file)
  }
  throw new OptionError('--config', 'must hold a JSON object', file)
}
