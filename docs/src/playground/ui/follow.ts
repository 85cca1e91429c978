import type { SideView } from './side-view.ts'

/** Room at the top that the page's header and the player's bar take, and at the bottom, in pixels. */
const TOP = 150
const BOTTOM = 30

/** Scrolls on when what happens now is out of sight. Not where two sides stand under each other: it would jump between them. */
export function follow(views: readonly SideView[]): void {
  const tops = new Set(views.map(({ element }) => Math.round(element.getBoundingClientRect().top)))
  const row = views
    .map(({ element }) => element.querySelector('.wire [data-state="now"]'))
    .findLast((one) => one !== null)
  if (tops.size > 1 || row === null || row === undefined) return
  const { top, bottom } = row.getBoundingClientRect()
  if (top < TOP || bottom > innerHeight - BOTTOM) scrollBy({ top: top - innerHeight / 2 })
}
