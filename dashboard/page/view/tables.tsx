/** The same as the graphic, as tables. */

import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { breach, segmentsOf } from '../rollout/gauge.ts'
import { isCrowded } from '../rollout/lane.ts'
import { podSigns } from '../rollout/words.ts'
import { dipsOf } from '../time/chronicle.ts'
import { clock, exact } from '../time/words.ts'
import { useModel } from './context.ts'
import { Sign, When } from './sign.tsx'

/** The latest marks, and pods of a crowded lane, that are listed. */
const mostMarks = 150
const mostPods = 250

export function Tables() {
  return (
    <div class="tables">
      <BoundsTable />
      <RevisionsTable />
      <PodsTable />
      <MarksTable />
    </div>
  )
}

function Table({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reached
    <section class="panel table-panel" aria-label={`${title}, as a table`} tabIndex={0}>
      <table>
        <caption>{title}</caption>
        {children}
      </table>
    </section>
  )
}

const Head = ({ words }: { words: string[] }) => (
  <thead>
    <tr>
      {words.map((word) => (
        <th key={word} scope="col">
          {word}
        </th>
      ))}
    </tr>
  </thead>
)

function BoundsTable() {
  const { state } = useModel()
  const gauge = state.gauge.value
  if (!gauge) return null
  const rows: [string, number, string][] = [
    ['desired', gauge.desired, ''],
    ['floor', gauge.floor, 'available at least'],
    ['ceiling', gauge.ceiling, 'in all at most'],
    ...segmentsOf(gauge).map(({ kind, word, count }): [string, number, string] => [
      word,
      count,
      kind === 'terminating' ? 'not counted against surge' : '',
    ]),
  ]
  return (
    <Table title="Bounds">
      <Head words={['What', 'Pods', 'Note']} />
      <tbody>
        {rows.map(([word, count, note]) => (
          <tr key={word}>
            <th scope="row">{word}</th>
            <td>{count}</td>
            <td>{note}</td>
          </tr>
        ))}
        {breach(gauge) && (
          <tr>
            <th scope="row">outside</th>
            <td colSpan={2}>{breach(gauge).replace(/^; /, '')}</td>
          </tr>
        )}
      </tbody>
    </Table>
  )
}

function RevisionsTable() {
  const { state } = useModel()
  const history = new Map(state.view.value?.history.map((entry) => [entry.replicaSet, entry]))
  return (
    <Table title="Revisions">
      <Head words={['Template', 'Revision', 'Images', 'Cause', 'Since', 'Available', 'Wanted']} />
      <tbody>
        {state.lanes.value.map(({ revision }) => {
          const { cause, began } = history.get(revision.replicaSet) ?? {}
          return (
            <tr key={revision.replicaSet}>
              <th scope="row">
                <code>{revision.hash}</code> {revision.newest ? 'new' : 'old'}
              </th>
              <td>{revision.revision}</td>
              <td>{revision.images.join(', ')}</td>
              <td>{cause}</td>
              <td>{began && <When at={began} />}</td>
              <td>{revision.available}</td>
              <td>{revision.wanted}</td>
            </tr>
          )
        })}
      </tbody>
    </Table>
  )
}

function PodsTable() {
  const { state, select } = useModel()
  const rows = useComputed(() =>
    state.lanes.value.flatMap((lane) => {
      const hash = lane.revision.hash
      const grave = isCrowded(lane)
        ? [...lane.revision.pods].sort(
            (a, b) => Number(a.state === 'available') - Number(b.state === 'available'),
          )
        : lane.revision.pods
      const ghosts = lane.places.flatMap((place) => (place.kind === 'ghost' ? [place.slot] : []))
      return [
        ...grave.map(({ name, uid, state: word, note }) => ({
          hash,
          name,
          uid,
          word,
          note,
          gone: false as const,
        })),
        ...ghosts.map(({ pod, uid, gone = '' }) => ({
          hash,
          name: pod,
          uid,
          word: 'gone' as const,
          note: `since ${clock(Date.parse(gone))}`,
          gone: true as const,
        })),
      ]
    }),
  )
  const shown = rows.value.slice(0, mostPods)
  return (
    <Table
      title={
        shown.length < rows.value.length ? `Pods, ${shown.length} of ${rows.value.length}` : 'Pods'
      }
    >
      <Head words={['Pod', 'Template', 'State', 'Note']} />
      <tbody>
        {shown.map(({ hash, name, uid, word, note, gone }) => (
          <tr key={uid}>
            <th scope="row">
              <button
                type="button"
                class="linkish"
                onClick={() => select({ kind: 'Pod', name, uid, gone })}
              >
                {name}
              </button>
            </th>
            <td>
              <code>{hash}</code>
            </td>
            <td class={`state-cell ${word}`}>
              {word !== 'gone' && <Sign path={podSigns[word]} />} {word}
            </td>
            <td>{note}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  )
}

function MarksTable() {
  const { state, travel } = useModel()
  const timeline = state.timeline.value
  if (!timeline) return null
  const dips = dipsOf(timeline).map(({ revision, at, short, cause }) => ({
    revision,
    at,
    kind: 'below the floor',
    text: `${short} below the floor: ${cause}`,
  }))
  const rows = [...timeline.marks, ...dips].sort((a, b) => b.revision - a.revision)
  return (
    <Table title="Timeline">
      <Head words={['When', 'Revision', 'What', 'Text']} />
      <tbody>
        {rows.slice(0, mostMarks).map(({ revision, at, kind, text }) => (
          <tr key={`${revision} ${kind} ${text}`} class={revision === state.at.value ? 'here' : ''}>
            <td>
              {exact(Date.parse(at))}{' '}
              <span class="dim">
                (<When at={at} />)
              </span>
            </td>
            <td>
              <button type="button" class="linkish" onClick={() => travel.go(revision)}>
                r{revision}
              </button>
            </td>
            <td>{kind}</td>
            <td>{text}</td>
          </tr>
        ))}
        <tr>
          <td>{exact(Date.parse(timeline.edge.at))}</td>
          <td>r{timeline.edge.revision}</td>
          <td>edge</td>
          <td>history starts</td>
        </tr>
      </tbody>
    </Table>
  )
}
