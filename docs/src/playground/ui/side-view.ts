import type { Trace } from '@stopbit/traces'
import { drawSide } from '../draw/draw-side.ts'
import type { Side } from '../play/compare.ts'
import { isTruthful, VERDICT_TEXTS } from '../play/judge-client.ts'
import { make } from './parts.ts'
import { receivedOf } from './received.ts'

/** One side on the page: its picture, what its client has, and what that is worth. */
export interface SideView {
  readonly side: Side
  readonly element: HTMLElement
  /** Shows everything up to a row; `now` is the row that has just come. The verdict comes with the last row. */
  show(last: number, now: number | undefined): void
}

/** Makes the view of one side of a play. */
export function createSideView(trace: Trace, side: Side): SideView {
  const element = make('div', 'wire-side')
  element.dataset['side'] = side.id
  const picture = make('div', 'pg-picture')
  picture.innerHTML = drawSide(trace, side) // our own SVG; the text of traces is escaped in it
  const verdict = make('p', 'wire-verdict', VERDICT_TEXTS[side.verdict])
  verdict.dataset['truthful'] = String(isTruthful(side.verdict))
  verdict.dataset['verdict'] = side.verdict
  const list = make('ol', 'pg-received')
  for (const { row, kind, text } of receivedOf(side)) {
    const item = make('li', `pg-${kind}`, text)
    item.dataset['row'] = String(row)
    list.append(item)
  }
  const box = make('div', 'pg-box')
  box.tabIndex = 0
  box.role = 'region'
  box.ariaLabel = side.id === 'plain' ? 'What the client has without Stopbit' : 'What the client has with Stopbit'
  box.append(list)
  element.append(picture, verdict, make('p', 'pg-has', 'What the client has'), box)
  const marked = [...element.querySelectorAll<HTMLElement | SVGElement>('[data-row]')]
  const end = Math.max(...marked.map((item) => Number(item.dataset['row'])))
  return {
    side,
    element,
    show(last, now) {
      for (const item of marked) {
        const row = Number(item.dataset['row'])
        if (row > last) item.dataset['state'] = 'later'
        else item.dataset['state'] = row === now ? 'now' : 'past'
      }
      verdict.dataset['state'] = last >= end ? 'past' : 'later'
      box.scrollTop = box.scrollHeight
    },
  }
}
