/**
 * Writes onto the root element what is drawn, so that anybody can see from outside how long it took: `data-rev` in the same
 * task as the drawing, `data-painted-at` in the frame after it.
 */

import { useLayoutEffect } from 'preact/hooks'
import { useModel } from './context.ts'

export function Stamps() {
  const { state, ports } = useModel()
  const view = state.view.value
  const painted = state.painted.value
  const past = state.past.value
  const { dataset } = document.documentElement
  useLayoutEffect(() => {
    if (view) dataset.rev = String(view.moment.revision)
    else delete dataset.rev
  }, [view])
  useLayoutEffect(() => {
    if (!painted) return
    dataset.receivedAt = painted.receivedAt.toFixed(1)
    ports.frame(() => {
      dataset.paintedAt = ports.now().toFixed(1)
    })
  }, [painted])
  useLayoutEffect(() => {
    if (!past?.view) {
      delete dataset.pastRev
      return
    }
    dataset.pastRev = String(past.revision)
    dataset.pastWantedAt = past.wantedAt.toFixed(1)
    ports.frame(() => {
      dataset.pastPaintedAt = ports.now().toFixed(1)
    })
  }, [past])
  return null
}
