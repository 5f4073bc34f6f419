/** The timeline: what happened when, how many pods each revision had, and the playhead that goes through it. */

import { useComputed } from '@preact/signals'
import { markBefore } from '../time/chronicle.ts'
import { lanesShown } from '../time/swimlanes.ts'
import { brief, clock } from '../time/words.ts'
import { useModel } from './context.ts'
import { Controls } from './controls.tsx'
import { Plot } from './plot.tsx'

export function Timeline() {
  return (
    <section class="timeline panel" aria-labelledby="timeline-title">
      <div class="timeline-head">
        <h2 id="timeline-title">Timeline</h2>
        <Edge />
        <Controls />
      </div>
      <div class="timeline-body">
        <LaneNames />
        <Plot />
      </div>
      <Readout />
    </section>
  )
}

/** Where the past begins, in words; the axis is hatched there. */
function Edge() {
  const { state } = useModel()
  const { edge } = state.timeline.value ?? {}
  const first = state.stops.value[0]?.time
  const known = edge && first !== undefined
  return (
    <p class="edge-words dim small" title="What is older is kept no longer">
      {known && `history starts ${brief(first, state.now.value)}, r${edge.revision}`}
    </p>
  )
}

function LaneNames() {
  const { state } = useModel()
  const timeline = state.timeline.value
  return (
    <ul class="lane-names" aria-label="Revisions on the timeline">
      {timeline && lanesShown(timeline).map(({ hash }) => <li key={hash}>{hash}</li>)}
    </ul>
  )
}

/** What is pointed at, else what was told last at the playhead: so nothing has to be pointed at. */
function Readout() {
  const { state } = useModel()
  const said = useComputed(() => {
    const marks = state.timeline.value?.marks ?? []
    const at = state.at.value ?? Number.POSITIVE_INFINITY
    return (
      state.pointed.value ??
      markBefore(marks, at, ({ kind }) => kind !== 'pod') ??
      markBefore(marks, at)
    )
  })
  const mark = said.value
  return (
    <p class="readout">
      {mark ? (
        <>
          <span class="dim">
            {clock(mark.time)} r{mark.revision}
          </span>{' '}
          {mark.text}
        </>
      ) : (
        state.timeline.value && <span class="dim">Nothing has happened since history starts.</span>
      )}
    </p>
  )
}
