import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Moments } from './moments.ts'

const at = (second: number): string => new Date(second * 1000).toISOString()

describe('moments', () => {
  it('are found as a list that is searched from end to end has them, in whatever order they came', () => {
    const told = fc.array(fc.record({ revision: fc.nat(30), second: fc.nat(30) }), {
      size: 'max',
      maxLength: 60,
    })
    fc.assert(
      fc.property(told, fc.nat(31), fc.nat(31), (list, revision, second) => {
        const moments = new Moments()
        const earliest = new Map<number, number>()
        for (const each of list) {
          moments.add({ revision: each.revision, at: at(each.second) })
          const known = earliest.get(each.revision) ?? Number.POSITIVE_INFINITY
          earliest.set(each.revision, Math.min(known, each.second))
        }
        const all = [...earliest].sort(([a], [b]) => a - b)
        const [first] = all
        const last = all.findLast(([of]) => of <= revision) ?? first
        assert.equal(moments.timeOf(revision), last && last[1] * 1000)
        assert.equal(moments.step(revision, 1), all.find(([of]) => of > revision)?.[0])
        assert.equal(moments.step(revision, -1), all.findLast(([of]) => of < revision)?.[0])
        // Clocks may go back: whatever comes after a late time is later.
        let latest = 0
        const reached = all.filter(([, time]) => {
          latest = Math.max(latest, time)
          return latest <= second
        })
        assert.equal(moments.revisionAt(second * 1000), reached.at(-1)?.[0])
      }),
      { numRuns: 300 },
    )
  })

  it('are forgotten when they are many, and are told of all the same after that', () => {
    const moments = new Moments()
    for (let revision = 0; revision < 100_000; revision++) {
      moments.add({ revision, at: at(revision) })
      moments.forget(revision - 100)
      assert.equal(moments.timeOf(revision - 50), Math.max(0, revision - 50) * 1000)
      assert.ok(moments.size < 200, `${moments.size}`)
    }
  })
})
