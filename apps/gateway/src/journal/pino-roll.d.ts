declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events'

  /** A sonic-boom stream: keeps what it cannot write yet, up to `maxLength` bytes, and drops what comes beyond. */
  interface RollingFile extends EventEmitter {
    write(line: string): boolean
    end(): void
  }

  export default function openRollingFile(options: {
    readonly file: string
    readonly dateFormat: string
    readonly frequency: 'daily'
    readonly size: string
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean }
    readonly mkdir: boolean
    readonly mode: number
    readonly maxLength: number
  }): Promise<RollingFile>
}
