/** Which rows of a long list are on the screen: only these are drawn. Pure. */

export interface Window {
  /** The first row that is drawn, and how many. */
  first: number
  count: number
  /** Where the first stands, and how high all are together; pixels. */
  offset: number
  height: number
}

/** Rows above and below that are drawn beforehand. */
const spare = 8

export function windowOf(
  rows: number,
  rowHeight: number,
  scrolled: number,
  viewHeight: number,
): Window {
  const above = Math.max(0, Math.floor(scrolled / rowHeight) - spare)
  const fitting = Math.ceil(viewHeight / rowHeight) + 2 * spare
  const first = Math.min(above, Math.max(0, rows - fitting))
  const count = Math.min(fitting, rows - first)
  return { first, count, offset: first * rowHeight, height: rows * rowHeight }
}

/** Whether the end is in sight, so that what is added is followed. */
export const atEnd = (scrolled: number, viewHeight: number, height: number): boolean =>
  scrolled + viewHeight >= height - 4
