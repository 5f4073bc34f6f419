import assert from 'node:assert/strict'
import { countsOf, isOver, laneMaker, laneOf, mosaicOf, mosaicSize, slotAt } from './lane.ts'
import type { PodState } from './words.ts'

const pod = (name: string, state: PodState = 'available') => ({
  name,
  uid: `u-${name}`,
  state,
  note: '',
})
const revision = (...pods: ReturnType<typeof pod>[]) => ({
  replicaSet: 'web-7d9f',
  hash: '7d9f',
  revision: 1,
  images: [],
  newest: true,
  wanted: pods.length,
  available: 0,
  pods,
})
const slot = (at: number, name: string, gone?: string) => ({
  slot: at,
  pod: name,
  uid: `u-${name}`,
  ...(gone && { gone }),
})

describe('a lane', () => {
  it('keeps each pod in its slot, whatever order they are told in', () => {
    const { places } = laneOf(revision(pod('a'), pod('b')), {
      replicaSet: 'web-7d9f',
      size: 4,
      slots: [slot(2, 'a'), slot(0, 'b')],
    })
    assert.deepEqual(
      places.map((place) => (place.kind === 'pod' ? place.pod.name : place.kind)),
      ['b', 'empty', 'a', 'empty'],
    )
  })

  it('shows who is gone until somebody else has the slot', () => {
    const lane = laneOf(revision(pod('b')), {
      replicaSet: 'web-7d9f',
      size: 2,
      slots: [slot(0, 'a', '2026-01-01T00:00:00Z'), slot(1, 'b')],
    })
    assert.deepEqual(
      lane.places.map(({ kind }) => kind),
      ['ghost', 'pod'],
    )
    assert.equal(lane.ghosts, 1)
  })

  it('loses no pod that has no slot', () => {
    const { places } = laneOf(revision(pod('a')), undefined)
    assert.equal(places.length, 1)
  })

  it('is over when none are wanted and the last is gone for two minutes', () => {
    const gone = '2026-01-01T00:00:00Z'
    const lane = laneOf(revision(), { replicaSet: 'x', size: 3, slots: [slot(0, 'a', gone)] })
    assert.equal(isOver(lane, Date.parse(gone) + 60_000), false)
    assert.equal(isOver(lane, Date.parse(gone) + 121_000), true)
    assert.equal(isOver(laneOf(revision(), undefined), 0), true)
    assert.equal(isOver(laneOf({ ...revision(), wanted: 1 }, undefined), 0), false)
    assert.equal(isOver(laneOf(revision(pod('a')), undefined), 0), false)
  })

  it('is the same as before while it is made of the same', () => {
    const lanesOf = laneMaker()
    const [a, b] = [revision(pod('a')), { ...revision(pod('b')), replicaSet: 'web-b' }]
    const view = (...revisions: (typeof a)[]) =>
      ({ progress: { revisions }, lanes: [] }) as unknown as Parameters<typeof lanesOf>[0]
    const [first, second] = lanesOf(view(a, b))
    const [again, other] = lanesOf(view(a, { ...b }))
    assert.equal(again, first)
    assert.notEqual(other, second)
  })

  it('counts the gravest first', () => {
    const counts = countsOf([pod('a'), pod('b', 'failing'), pod('c'), pod('d', 'starting')])
    assert.deepEqual(counts, [
      { state: 'failing', count: 1 },
      { state: 'starting', count: 1 },
      { state: 'available', count: 2 },
    ])
  })
})

describe('the drawing of very many pods', () => {
  const { places } = laneOf(
    revision(...Array.from({ length: 500 }, (_, n) => pod(String(n)))),
    undefined,
  )

  it('is one path a state', () => {
    const [only, ...others] = mosaicOf(places, 40)
    assert.equal(others.length, 0)
    assert.equal(only?.path.split('M').length, 501)
    assert.deepEqual(mosaicSize(500, 40), { width: 400, height: 130 })
  })

  it('knows what is where', () => {
    assert.equal(slotAt(0, 0, 500, 40), 0)
    assert.equal(slotAt(0.999, 0, 500, 40), 39)
    assert.equal(slotAt(0, 1.5 / 13, 500, 40), 40)
    assert.equal(slotAt(0.999, 0.999, 500, 40), undefined)
  })
})
