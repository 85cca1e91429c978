import type { LimitName } from '@stopbit/traces'
import { z } from 'zod'
import type { CommandTarget, Manifest, ModuleTarget, UrlTarget } from './manifest.ts'
import { CONTRACT_VARIABLES, LIMIT_VARIABLES, type ContractVariable } from './manifest-variables.ts'

const NEEDED: readonly ContractVariable[] = ['STOPBIT_UPSTREAM_URL', 'STOPBIT_LISTEN_PORT']

const text = z.string().min(1)
const dialect = z.strictObject({ path: z.string().startsWith('/') }).exactOptional()
const limit = z.enum(Object.keys(LIMIT_VARIABLES) as [LimitName, ...LimitName[]])
const port = z.int().min(1).max(65_535)
const env = z
  .record(z.string().regex(/^(?!STOPBIT_)/, 'STOPBIT_ variables are set by the runner'), z.string())
  .exactOptional()
const command = z.tuple([text], z.string())
const variable = z.custom<ContractVariable>(
  (value) => CONTRACT_VARIABLES.has(String(value)),
  'is no variable of the contract (CONTRACT.md)',
)

const targets = {
  command: z
    .strictObject({
      command,
      cwd: text.exactOptional(),
      env,
      isolation: z.enum(['per-trace', 'reused']).exactOptional(),
      upstreamPort: port.exactOptional(),
      configTemplate: z
        .strictObject({ from: text, to: z.string().regex(/^\$DIR\/(?!\.\.?$)[^/\\]+$/, 'must be a file in $DIR/') })
        .exactOptional(),
      versions: command.exactOptional(),
      install: text.exactOptional(),
    })
    .refine(({ isolation, upstreamPort }) => isolation !== 'reused' || upstreamPort !== undefined, {
      path: ['upstreamPort'],
      error: 'a process that is reused needs one, for it is told its upstream once',
    }) satisfies z.ZodType<CommandTarget>,
  url: z.strictObject({
    url: z.string().regex(/^http:\/\/(127\.0\.0\.1|localhost):\d{1,5}\/?$/, 'must be http://127.0.0.1:PORT'),
    upstreamPort: port,
  }) satisfies z.ZodType<UrlTarget>,
  module: z.strictObject({ module: text, env }) satisfies z.ZodType<ModuleTarget>,
}

/** How a target is reached: the key that tells it. */
export const TARGET_KINDS = ['command', 'url', 'module'] as const

const common = {
  implementation: z.strictObject({
    organization: text,
    project: text,
    version: text,
    url: z.url().exactOptional(),
    contact: z.array(text).exactOptional(),
    about: text.exactOptional(),
  }),
  dialects: z.strictObject({
    'anthropic-messages': dialect,
    'openai-chat': dialect,
    'openai-responses': dialect,
    gemini: dialect,
    opaque: dialect,
  }),
  mode: z.literal('passthrough'),
  features: z.array(text),
  lacks: z.record(text, text).exactOptional(),
  substitutes: z.partialRecord(limit, limit).exactOptional(),
  limits: z.partialRecord(limit, z.int().positive()).exactOptional(),
  policy: z
    .strictObject({
      retry: z.int().positive().max(10).exactOptional(),
      truncation: z.enum(['error', 'end-turn']).exactOptional(),
      words: z.strictObject({ text, url: z.url() }).exactOptional(),
    })
    .exactOptional(),
}
const environment = z.array(variable).refine((list) => NEEDED.every((name) => list.includes(name)), {
  error: `every target understands ${NEEDED.join(' and ')}`,
})

/** Strict: an unknown key or variable is an error and not a silent default. By the kind of the target, so that errors name its keys. */
export const MANIFEST_SCHEMAS: { readonly [kind in (typeof TARGET_KINDS)[number]]: z.ZodType<Manifest> } = {
  command: z.strictObject({
    ...common,
    target: targets.command,
    ready: z.strictObject({ by: z.enum(['stdout-line', 'tcp']), timeoutMs: z.int().positive().exactOptional() }),
    environment,
  }),
  // Nobody tells it anything; what it was started with stands under `limits`.
  url: z.strictObject({ ...common, target: targets.url, environment: z.tuple([]) }),
  module: z.strictObject({ ...common, target: targets.module, environment }),
}

/** A manifest of any kind. `parseManifest` takes the one of its kind, whose errors are clearer. */
export const manifestSchema: z.ZodType<Manifest> = z.union(Object.values(MANIFEST_SCHEMAS))
