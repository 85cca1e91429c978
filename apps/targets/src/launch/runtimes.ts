import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { variablesOf, EDGE_LIMITS } from '../target-options.ts'
import { writeWhole } from './bundle.ts'

/** How to start a program in a runtime. */
export interface Start {
  /** The runtime itself: npm's `deno` and `workerd` are scripts that start it, and would not hand on a signal. */
  readonly binary: string
  readonly args: readonly string[]
  /** The runtime tells the port of its listener on file descriptor 3, and the program does not. */
  readonly tellsPort: boolean
}

/** Where to listen. */
export interface Address {
  readonly host: string
  readonly port: number
}

const require = createRequire(import.meta.url)

export const RUNTIMES: Readonly<Record<string, (bundle: string, address: Address) => Start>> = {
  bun: (bundle) => ({ binary: join(packageFolder('bun'), 'bin/bun.exe'), args: ['run', bundle], tellsPort: false }),
  deno: (bundle) => {
    const { runInstall } = require('deno/install_api.cjs') as { readonly runInstall: () => string }
    const permissions = ['--no-prompt', '--allow-env', '--allow-net=127.0.0.1']
    const args = ['run', '--no-remote', '--no-lock', '--no-config', ...permissions, bundle]
    return { binary: runInstall(), args, tellsPort: false }
  },
  workerd: (bundle, { host, port }) => {
    const { default: binary } = require('workerd') as { readonly default: string }
    const config = bundle.replace(/mjs$/, 'capnp')
    writeWhole(config, workerConfig(bundle))
    return { binary, args: ['serve', '--control-fd=3', `--socket-addr=http=${host}:${port}`, config], tellsPort: true }
  },
}

function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`))
}

/** Without `nodejs_compat`, so that there is nothing of Node; with the network of this machine. */
function workerConfig(bundle: string): string {
  const bindings = variablesOf(EDGE_LIMITS).map((name) => `(name = "${name}", fromEnvironment = "${name}")`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "${bundle.replace(/^.*\//, '')}")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["enable_request_signal"],
      bindings = [${bindings.join(', ')}],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`
}
