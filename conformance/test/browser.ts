import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Path of a Chromium of this machine; undefined where there is none. */
export const CHROMIUM: string | undefined = PLACES.find((path) => existsSync(path))

/** A page in a real browser. */
export interface BrowserPage {
  /** The value of an expression, as JSON. */
  readonly evaluate: <T>(expression: string) => Promise<T>
  readonly send: (method: string, parameters?: object) => Promise<unknown>
  readonly open: (url: string) => Promise<void>
}

/** Starts a browser for one test and speaks its debugging protocol. It ends with the test. */
export async function openBrowser(path: string): Promise<BrowserPage> {
  const profile = mkdtempSync(join(tmpdir(), 'stopbit-browser-'))
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(path, [...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  const address = await debuggingAddress(child.stderr)
  const pages = (await (await fetch(`http://${new URL(address).host}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const page = pages.find(({ type }) => type === 'page')
  if (page === undefined) throw new Error('the browser has no page')
  return await connect(page.webSocketDebuggerUrl)
}

async function debuggingAddress(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stderr) {
    text += String(chunk)
    const found = /ws:\/\/\S+/.exec(text)
    if (found !== null) return found[0]
  }
  throw new Error(`the browser did not start: ${text}`)
}

async function connect(url: string): Promise<BrowserPage> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const waiting = new Map<number | string, (message: Record<string, unknown>) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Record<string, unknown>
    const key = (message['id'] ?? message['method']) as number | string
    waiting.get(key)?.(message)
    waiting.delete(key)
  })
  let last = 0
  const next = async (key: number | string): Promise<Record<string, unknown>> =>
    await new Promise((resolve) => waiting.set(key, resolve))
  const send = async (method: string, parameters: object = {}): Promise<unknown> => {
    last += 1
    const answer = next(last)
    socket.send(JSON.stringify({ id: last, method, params: parameters }))
    const { result, error } = await answer
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result
  }
  await send('Page.enable')
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result } = (await send('Runtime.evaluate', { expression, returnByValue: true })) as { result: { value: T } }
    return result.value
  }
  const open = async (address: string): Promise<void> => {
    const loaded = next('Page.loadEventFired')
    await send('Page.navigate', { url: address })
    await loaded
  }
  return { evaluate, send, open }
}
