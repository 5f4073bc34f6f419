import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KubernetesObject } from '../api/object.ts'
import type { Line } from './recording.ts'
import { laneAt } from './slots.ts'
import { timelineOf } from './testing/goldens.ts'
import { deletionOf, header, keyframeOf, markOf, podAt, putOf, timeAt } from './testing/stories.ts'
import type { Timeline } from './timeline.ts'

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs', controller: true }
const pod = (name: string, revision: number): KubernetesObject => {
  const plain = podAt(name, revision)
  const creationTimestamp = timeAt(Number(/\d+/.exec(name)?.[0] ?? 0))
  return { ...plain, metadata: { ...plain.metadata, ownerReferences: [owner], creationTimestamp } }
}
const put = (name: string, revision: number): Line => putOf(pod(name, revision))
const deletion = (name: string, revision: number): Line => deletionOf(pod(name, revision))
const begin = (...objects: KubernetesObject[]): Line[] => [header, keyframeOf(10, ...objects)]

/** `p1 (p2) -`: a pod, a ghost, and a place without anybody. */
function drawn(timeline: Timeline, revision: number): string {
  const { slots, size } = laneAt(timeline, 'rs', { revision, at: '' })
  const places = Array.from({ length: size }, () => '-')
  for (const { slot, pod, gone } of slots) places[slot] = gone === undefined ? pod : `(${pod})`
  return places.join(' ')
}

describe('the places of pods in a lane', () => {
  it('are given from below, kept, and haunted until they are needed again', () => {
    const timeline = timelineOf([
      ...begin(),
      put('p1', 11),
      put('p2', 12),
      put('p3', 13),
      deletion('p1', 14),
      deletion('p2', 15),
      put('p4', 16),
      put('p5', 17),
      put('p6', 18),
    ])
    assert.deepEqual(
      [10, 11, 13, 14, 15, 16, 17, 18].map((revision) => drawn(timeline, revision)),
      [
        '- - - -',
        'p1 - - -',
        'p1 p2 p3 -',
        '(p1) p2 p3 -',
        '(p1) (p2) p3 -',
        'p4 (p2) p3 -',
        'p4 p5 p3 -',
        'p4 p5 p3 p6',
      ],
    )
    const { slots } = laneAt(timeline, 'rs', { revision: 15, at: '' })
    assert.equal(slots[1]?.gone, timeAt(15))
  })

  it('are not given on as long as a pod is being deleted', () => {
    const leaving = pod('p1', 12)
    leaving.metadata.deletionTimestamp = timeAt(42)
    const timeline = timelineOf([...begin(), put('p1', 11)])
    timeline.add(putOf(leaving))
    timeline.add(put('p2', 13))
    assert.equal(drawn(timeline, 13), 'p1 p2')
  })

  it('go by age, then by name, among those that were there at the beginning', () => {
    const timeline = timelineOf(begin(pod('p3', 4), pod('p1', 9), pod('p2', 2)))
    assert.equal(drawn(timeline, 10), 'p1 p2 p3')
  })

  const moves = fc.array(fc.record({ name: fc.nat(7), gone: fc.boolean() }), {
    maxLength: 60,
    size: 'max',
  })
  const told = moves.map((steps) => {
    const there = new Map<number, string>()
    let revision = 10
    return steps.flatMap(({ name, gone }): Line[] => {
      const known = there.get(name)
      if (gone && known === undefined) return []
      revision++
      // A new pod has a new name; a put of one that is there changes it.
      if (!gone) there.set(name, known ?? `p${revision}`)
      else there.delete(name)
      return gone
        ? [deletion(known as string, revision)]
        : [put(there.get(name) as string, revision)]
    })
  })

  it('are the same from lines in whatever order', () => {
    const shuffled = told.chain((lines) =>
      fc.tuple(
        fc.constant(lines),
        fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([lines, others]) => {
        const [one, other] = [
          [...begin(), ...lines],
          [...begin(), ...others],
        ].map((all) => timelineOf(all)) as [Timeline, Timeline]
        for (let revision = 10; revision <= 10 + lines.length; revision++)
          assert.equal(drawn(one, revision), drawn(other, revision))
      }),
    )
  })

  it('leave nothing behind when the last pod is forgotten, though nothing tells of its owner', () => {
    const timeline = timelineOf([...begin(), put('p1', 11), put('p2', 12)], { age: 20_000 })
    timeline.add(deletion('p1', 13))
    timeline.add(markOf(40))
    assert.deepEqual([...(timeline.settled.get('rs') ?? [])], [['uid-p2', 1]])
    timeline.add(deletion('p2', 41))
    timeline.add(markOf(80))
    assert.deepEqual(timeline.histories('Pod'), [])
    assert.deepEqual([...timeline.settled.keys()], [])
  })

  it('stay with those who are there when what was before is forgotten', () => {
    fc.assert(
      fc.property(told, fc.integer({ min: 10_000, max: 30_000 }), (lines, age) => {
        const whole = timelineOf([...begin(), ...lines])
        const part = timelineOf([...begin(), ...lines], { age })
        const places = (timeline: Timeline, revision: number) =>
          laneAt(timeline, 'rs', { revision, at: '' })
            .slots.filter(({ gone }) => gone === undefined)
            .map(({ slot, uid }) => `${slot} ${uid}`)
        for (let revision = part.edge?.revision ?? 0; revision <= 10 + lines.length; revision++)
          assert.deepEqual(places(part, revision), places(whole, revision))
        // What is settled is settled of those alone who are still known.
        for (const uid of part.settled.get('rs')?.keys() ?? [])
          assert.ok(part.historyOf({ kind: 'Pod', namespace: 'default', name: uid.slice(4) }), uid)
      }),
      { numRuns: 300 },
    )
  })
})
