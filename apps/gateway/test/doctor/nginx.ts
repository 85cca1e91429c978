import { findFreePort, startFront } from '../fronts/start-front.ts'

/** Starts the real nginx before `originPort`, as anyone does; `directives` go into its location. Stopped when the test is over. */
export async function startNginx(originPort: number, directives = ''): Promise<string> {
  const port = await findFreePort()
  const location = `location / { proxy_pass http://127.0.0.1:${originPort}; ${directives} }`
  await startFront('nginx', `server { listen 127.0.0.1:${port}; ${location} }`, port)
  return `http://127.0.0.1:${port}`
}
