import assert from 'node:assert/strict'
import type { RolloutView, TimelineMark } from '../../protocol.ts'
import { chronicleOf, dipsOf, longest, markBefore, withMarks, withView } from './chronicle.ts'

const at = (revision: number) => ({ revision, at: new Date(revision * 1000).toISOString() })
const mark = (revision: number, text = 'said'): TimelineMark => ({
  ...at(revision),
  kind: 'warning',
  text,
  notable: true,
  object: 'pod/a',
})
const empty = chronicleOf({ edge: at(1), head: at(1), marks: [], available: [], lanes: [] })
const view = (revision: number, newAvailable: number, pods = newAvailable): RolloutView =>
  ({
    moment: at(revision),
    progress: {
      gauge: { desired: 2, floor: 2, ceiling: 3, oldAvailable: 0, newAvailable },
      revisions: [{ replicaSet: 'web-a', hash: 'a', pods: Array.from({ length: pods }) }],
    },
  }) as RolloutView

describe('the timeline as it grows', () => {
  it('adds marks once, also when the stream tells them again', () => {
    const once = withMarks(empty, [mark(2), mark(3)], at(3))
    const twice = withMarks(once, [mark(3), mark(4)], at(4))
    assert.deepEqual(
      twice.marks.map(({ revision }) => revision),
      [2, 3, 4],
    )
    assert.equal(twice.head.revision, 4)
    assert.deepEqual(
      twice.stops.map(({ revision, notable }) => [revision, notable]),
      [
        [1, false],
        [2, true],
        [3, true],
        [4, true],
      ],
    )
  })

  it('is read with all the moments that it tells of', () => {
    const { stops, marks } = chronicleOf({
      edge: at(1),
      head: at(9),
      marks: [mark(4)],
      available: [{ ...at(3), available: 1, floor: 1, ceiling: 2, desired: 1 }],
      lanes: [{ replicaSet: 'web-a', hash: 'a', counts: [{ ...at(2), pods: 1 }] }],
    })
    assert.deepEqual(
      stops.map(({ revision }) => revision),
      [1, 2, 3, 4, 9],
    )
    assert.equal(marks[0]?.time, 4000)
  })

  it('notes what is available only when that changes', () => {
    const grown = [view(2, 1), view(3, 1), view(4, 2)].reduce(withView, empty)
    assert.deepEqual(
      grown.available.map(({ revision, available }) => [revision, available]),
      [
        [2, 1],
        [4, 2],
      ],
    )
    assert.deepEqual(
      grown.lanes.map(({ hash, counts }) => [hash, counts.map(({ pods }) => pods)]),
      [['a', [1, 2]]],
    )
  })

  it('takes no view that is older than what it knows', () => {
    const grown = withView(withView(empty, view(5, 2)), view(3, 1))
    assert.equal(grown.available.length, 1)
  })

  it('has a bound', () => {
    let grown = empty
    const many = Array.from({ length: longest + 10 }, (_, n) => mark(n + 2))
    grown = withMarks(grown, many, at(9))
    assert.equal(grown.marks.length, longest)
    assert.equal(grown.marks.at(-1)?.revision, longest + 11)
  })

  it('lets go of what is not notable first', () => {
    const pods = Array.from({ length: longest }, (_, n) => ({ ...mark(n + 3), notable: false }))
    const { marks } = withMarks(withMarks(empty, [mark(2, 'template')], at(2)), pods, at(9))
    assert.equal(marks.length, longest)
    assert.equal(marks[0]?.text, 'template')
    assert.equal(marks[1]?.revision, 4)
  })

  it('calls it no fall when more are wanted than there are', () => {
    const more = view(6, 2)
    more.progress.gauge.floor = 4
    assert.deepEqual(dipsOf([view(5, 2), more].reduce(withView, empty)), [])
  })

  it('tells the cause of each fall below the floor, once a fall', () => {
    const timeline = [view(2, 2), view(5, 1), view(6, 0), view(7, 2), view(9, 1)].reduce(
      withView,
      withMarks(empty, [mark(4, 'node went away'), mark(8, 'probe failed')], at(8)),
    )
    assert.deepEqual(
      dipsOf(timeline).map(({ revision, short, cause }) => [revision, short, cause]),
      [
        [5, 1, 'node went away'],
        [9, 1, 'probe failed'],
      ],
    )
  })

  it('finds what was told last before a moment', () => {
    assert.equal(markBefore([mark(2), mark(4)], 3)?.revision, 2)
    assert.equal(markBefore([mark(2)], 1), undefined)
  })
})
