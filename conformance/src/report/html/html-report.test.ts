import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { CHROMIUM, openBrowser, type BrowserPage } from '../../../test/browser.ts'
import { cell, madeReport, runReport } from '../../../test/example-report.ts'
import { wordOf } from '../matrix-table.ts'
import type { Report } from '../report.ts'
import { htmlReport } from './html-report.ts'
import type { TimelineEntry } from '../../timeline.ts'
import { createTimeAxis } from './time-axis.ts'
import { layOut } from './timeline-marks.ts'

const NASTY = `"><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`
let failing: Report

beforeAll(async () => {
  failing = await runReport(['anthropic/rst-mid-sse-856', 'anthropic/complete-crlf'], 'destroy-after-headers')
}, 30_000)

async function show(report: Report, path: string): Promise<BrowserPage> {
  const file = join(mkdtempSync(join(tmpdir(), 'stopbit-html-')), 'report.html')
  writeFileSync(file, htmlReport(report))
  const page = await openBrowser(path)
  await page.open(pathToFileURL(file).href)
  return page
}

test('the page holds no script and asks for nothing', () => {
  const page = htmlReport(failing)
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  expect(page).not.toMatch(/<script|\ssrc=|<link|@import|url\(|\son[a-z]+=/i)
  expect(page.length).toBeLessThan(60_000)
})

test('text of a target stays text', () => {
  const entry = { atMs: 0, lane: 'client', connection: NASTY, kind: 'note', text: NASTY } as const
  const page = htmlReport(madeReport({ 'anthropic/silent-stall': [cell('RAW-1', 'fail', NASTY)] }, {}, [entry]))
  expect(page).not.toContain('<script')
  expect(page).not.toContain('<img')
  expect(page).toContain('&lt;script&gt;')
})

test('100 ms can be read beside 20 s of silence', () => {
  const axis = createTimeAxis([0, 10, 25, 40, 20_040, 20_050, 20_070, 20_100])
  expect(axis.breaks.map(({ label }) => label)).toEqual(['20.0 s'])
  expect(axis.width).toBeLessThan(1_000)
  expect(axis.x(40) - axis.x(0)).toBeGreaterThan(200)
  expect(axis.x(20_100) - axis.x(20_040)).toBeGreaterThan(300)
})

test('an axis without a dwarfing silence is linear, and no two times touch', () => {
  const even = createTimeAxis([0, 100, 200, 400])
  expect(even.breaks).toEqual([])
  expect(even.x(200) / even.x(400)).toBeCloseTo(0.5)
  const close = createTimeAxis([0, 0.01, 0.02, 500])
  expect(close.x(0.02) - close.x(0.01)).toBeGreaterThanOrEqual(8)
})

test('a very long timeline becomes few marks that lose no byte and keep the fault', () => {
  const timeline = Array.from({ length: 500 }, (_, index): TimelineEntry => ({
    atMs: index,
    lane: index % 2 === 0 ? 'upstream' : 'client',
    connection: index % 2 === 0 ? `u${index}` : 'c1',
    kind: index % 2 === 0 ? 'request' : 'receive',
    bytes: 3,
    text: '',
    ...(index === 250 ? { fault: true } : {}),
  }))
  const { marks, rows } = layOut(timeline)
  expect(marks.length).toBeLessThan(120)
  expect(marks.reduce((total, { entry }) => total + (entry.bytes ?? 0), 0)).toBe(1_500)
  expect(marks.filter(({ entry }) => entry.fault === true).map(({ atMs }) => atMs)).toEqual([250])
  expect(rows).toEqual({
    upstream: [{ lane: 'upstream', name: '250 connections' }],
    client: [{ lane: 'client', name: 'c1' }],
  })
})

test.each([[[]], [[5]], [[0, 0]]])('an axis for %j has a place for each', (times) => {
  const axis = createTimeAxis(times)
  expect(times.map((time) => axis.x(time))).toEqual(times.map(() => 0))
})

/** Where there is no Chromium nothing of this can be seen; on CI there must be one. */
const inBrowser = test.runIf(CHROMIUM !== undefined || process.env['CI'] !== undefined)
const browser = CHROMIUM ?? ''

inBrowser(
  'a browser shows the matrix as it was judged, and each failure leads to its reason',
  { timeout: 30_000 },
  async () => {
    const page = await show(failing, browser)
    const shown = await page.evaluate<Record<string, Record<string, string>>>(`Object.fromEntries(
    [...document.querySelectorAll('.matrix tr[data-trace]')].map((row) => [row.dataset.trace, Object.fromEntries(
      [...row.querySelectorAll('td[data-id]')].map((cell) => [cell.dataset.id, cell.textContent]))]))`)
    const judged = failing.traces.map(({ trace, cells }) => [
      trace,
      Object.fromEntries(cells.map(({ invariant, verdict }) => [invariant, wordOf(verdict)])),
    ])
    expect(shown).toEqual(Object.fromEntries(judged))
    expect(shown['anthropic/rst-mid-sse-856']?.['RAW-1']).toBe('FAIL')
    const reason = `document.querySelector(document.querySelector('td.fail a').getAttribute('href'))`
    expect(await page.evaluate(`${reason}.textContent`)).toContain('framing incomplete')
    expect(await page.evaluate(`${reason}.closest('details').open`)).toBe(true)
    expect(await page.evaluate('document.title')).toBe('reference+destroy-after-headers: not conforming')
  },
)

inBrowser('the filter leaves the traces with that verdict', { timeout: 30_000 }, async () => {
  const page = await show(failing, browser)
  const visible = `[...document.querySelectorAll('[data-trace]')].filter((one) => one.checkVisibility()).map((one) => one.dataset.trace)`
  expect(await page.evaluate(`${visible}.length`)).toBe(4)
  await page.evaluate(`document.getElementById('show-fail').click()`)
  expect(await page.evaluate(visible)).toEqual(['anthropic/rst-mid-sse-856', 'anthropic/rst-mid-sse-856'])
  await page.evaluate(`document.getElementById('show-all-ok').click()`)
  expect(await page.evaluate(visible)).toEqual(['anthropic/complete-crlf', 'anthropic/complete-crlf'])
})

inBrowser(
  'both lanes are drawn, the fault in the accent colour, and a mark tells itself when it has the focus',
  { timeout: 30_000 },
  async () => {
    const page = await show(failing, browser)
    const svg = `document.querySelector('details[data-trace="anthropic/rst-mid-sse-856"] svg')`
    const drawn = failing.traces.find(({ trace }) => trace === 'anthropic/rst-mid-sse-856')?.timeline ?? []
    const control = drawn.findIndex(({ connection }) => connection === 'control')
    expect(control).toBeGreaterThan(0)
    expect(await page.evaluate(`${svg}.querySelectorAll('.mark').length`)).toBe(control)
    const lanes = `['upstream', 'client'].map((lane) => ${svg}.querySelector('.lane.' + lane).getBoundingClientRect().top)`
    const [upstream = 0, client = 0] = await page.evaluate<number[]>(lanes)
    expect(upstream).toBeLessThan(client)
    const colours = await page.evaluate<string[]>(
      `[getComputedStyle(${svg}.querySelector('.mark.fault .shape')).stroke, getComputedStyle(${svg}.querySelector('.fault-line')).stroke]`,
    )
    expect(colours[0]).toBe(colours[1])
    const caption = `getComputedStyle(${svg}.querySelector('.mark.fault .caption')).visibility`
    expect(await page.evaluate(caption)).toBe('hidden')
    await page.evaluate(`document.querySelector('details[data-trace="anthropic/rst-mid-sse-856"] > summary').focus()`)
    const focused = `document.activeElement.matches('.mark.fault')`
    for (let presses = 0; presses < 60 && !(await page.evaluate<boolean>(focused)); presses += 1) await pressTab(page)
    expect(await page.evaluate(focused)).toBe(true)
    expect(await page.evaluate(caption)).toBe('visible')
    expect(await page.evaluate(`${svg}.querySelector('.mark.fault .caption').textContent`)).toMatch(
      /ms, upstream, the fault: u1 reset: RST$/,
    )
  },
)

inBrowser.each(['light', 'dark'])(
  'on a phone the %s page is no wider than the phone',
  { timeout: 30_000 },
  async (scheme) => {
    const page = await show(failing, browser)
    await page.send('Emulation.setDeviceMetricsOverride', {
      width: 390,
      height: 844,
      deviceScaleFactor: 2,
      mobile: true,
    })
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const [red = 0] = [...background.matchAll(/\d+/g)].map(Number)
    expect(red > 127 ? 'light' : 'dark').toBe(scheme)
    expect(await page.evaluate(`document.querySelector('.matrix td.fail a').checkVisibility()`)).toBe(true)
  },
)

async function pressTab(page: BrowserPage): Promise<void> {
  const key = { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 }
  await page.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key })
  await page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key })
}
