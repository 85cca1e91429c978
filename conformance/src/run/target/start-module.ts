import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ModuleTarget, StartTarget } from '../../manifest.ts'
import type { TargetProcess } from '../target-process.ts'

/** Loads the module, once for all traces, and starts a target of it. Rejects when it has no default export that starts one. */
export async function startModule(
  { module, env }: ModuleTarget,
  folder: string,
  environment: Readonly<Record<string, string>>,
  canary: string,
): Promise<TargetProcess> {
  const loaded = (await import(pathToFileURL(resolve(folder, module)).href)) as { readonly default?: StartTarget }
  if (typeof loaded.default !== 'function')
    throw new TypeError(`Cannot start the target: the default export of ${module} is no function`)
  const { port, versions = {}, stop } = await loaded.default({ ...env, ...environment })
  let exit: string | undefined
  return {
    port,
    versions,
    canary,
    exited: () => exit,
    stop: async () => {
      await stop()
      exit = 'stopped'
    },
  }
}
