import { InvalidArgumentError, type Command } from 'commander'
import { startProbeServer } from './probe-server.ts'

const EXIT_FAILED = 1

/** Adds `stopbit probe`. It runs until SIGINT or SIGTERM and then exits with 0, or with 1 if it cannot listen. */
export function addProbeCommand(program: Command, exitWith: (code: number) => void): void {
  program
    .command('probe')
    .description('stand in for an API at the far end of a path, for `stopbit doctor --probe`')
    .option('--port <port>', 'where to listen; 0 for any free port', toPort, 4143)
    .option('--host <address>', 'which address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .action(async (options: { port: number; host: string }) => exitWith(await probe(options)))
}

async function probe(options: { port: number; host: string }): Promise<number> {
  try {
    const server = await startProbeServer(options)
    process.stdout.write(`STOPBIT_READY ${JSON.stringify({ port: server.port })}\n`)
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve())
      process.once('SIGTERM', () => resolve())
    })
    await server.stop()
    return 0
  } catch (error) {
    process.stderr.write(`stopbit: ${(error as Error).message}\n`)
    return EXIT_FAILED
  }
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('must be a port number')
}
