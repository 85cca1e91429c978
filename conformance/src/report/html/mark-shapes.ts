import type { TimelineEntry } from '../../timeline.ts'
import { markup, type Markup } from './markup.ts'

/** The shape of a kind, on its line at x, y. Bars are bytes: higher by half for each tenfold. */
export function markShape({ kind, bytes = 0 }: TimelineEntry, x: number, y: number): Markup {
  switch (kind) {
    case 'send':
    case 'receive': {
      const height = Math.min(24, 5 + 5 * Math.log10(1 + bytes))
      return markup`<rect class="shape" x="${x - 2.5}" y="${y - height}" width="5" height="${height}" rx="1.5" />`
    }
    case 'connect':
      return markup`<circle class="shape open" cx="${x}" cy="${y}" r="4" />`
    case 'request':
      return markup`<path class="shape" d="M${x} ${y - 11}l6 10h-12z" />`
    case 'head':
      return markup`<path class="shape open" d="M${x - 4} ${y - 4}h8v8h-8z" />`
    case 'barrier':
      return markup`<path class="shape open" d="M${x} ${y - 6}l5 6l-5 6l-5 -6z" />`
    case 'wait':
    case 'stall':
      return markup`<path class="shape line" d="M${x} ${y - 8}v16" />`
    case 'close':
      return markup`<path class="shape line" d="M${x} ${y - 10}v20m-4 -20v20" />`
    case 'reset':
      return markup`<path class="shape line" d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12" />`
    case 'end':
      return markup`<circle class="shape" cx="${x}" cy="${y}" r="4" /><circle
          class="shape open ring"
          cx="${x}"
          cy="${y}"
          r="7.5"
        />`
    case 'note':
      return markup`<circle class="shape" cx="${x}" cy="${y}" r="2.5" />`
  }
}
