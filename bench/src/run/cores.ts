import { spawnSync } from 'node:child_process'

/** On which cores who runs. `undefined`: wherever the scheduler likes, since `taskset` is not there or there is one core only. */
export interface Cores {
  readonly proxy: number | undefined
  readonly upstream: number | undefined
  readonly load: number | undefined
}

/** The proxy has a core for itself. Of two cores, upstream and load share the other. */
export function chooseCores(): Cores {
  const { stdout, status } = spawnSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' })
  const [proxy, upstream, load = upstream] = status === 0 ? coresIn(stdout.slice(stdout.lastIndexOf(':') + 1)) : []
  if (proxy === undefined || upstream === undefined) return { proxy: undefined, upstream: undefined, load: undefined }
  return { proxy, upstream, load }
}

/** `0,2-4` is 0, 2, 3, 4. */
function coresIn(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
}
