import assert from 'node:assert/strict'
import fc from 'fast-check'
import { compareKeys } from '../storage/key-order.ts'
import { SortedIndex } from './sorted-index.ts'

const key = fc.integer({ min: 0, max: 3000 }).map((number) => `k${number}`)

describe('the sorted index', () => {
  it('does what a sorted array does', () => {
    const step = fc.record({ key, add: fc.integer({ min: 0, max: 3 }).map((roll) => roll > 0) })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 3000, size: 'max' }),
        key,
        key,
        fc.integer({ min: 1, max: 2000 }),
        (steps, from, end, limit) => {
          const index = new SortedIndex<{ key: string }>()
          const naive = new Map<string, { key: string }>()
          for (const step of steps) {
            const item = { key: step.key }
            const old = naive.get(step.key)
            if (step.add) {
              assert.equal(index.set(item), old)
              naive.set(step.key, item)
            } else {
              assert.equal(index.delete(step.key), old)
              naive.delete(step.key)
            }
          }
          const sorted = [...naive.values()].sort((a, b) => compareKeys(a.key, b.key))
          assert.deepEqual([...index], sorted)
          assert.equal(index.size, sorted.length)
          assert.equal(index.get(from), naive.get(from))
          const before = sorted.filter((item) => compareKeys(item.key, from) < 0).length
          assert.equal(index.rank(from), before)
          const seen: unknown[] = []
          index.scan(from, end, (item) => seen.push(item) < limit)
          const inside = sorted.slice(before).filter((item) => compareKeys(item.key, end) < 0)
          assert.deepEqual(seen, inside.slice(0, limit))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('takes a hundred thousand in any order within a second', () => {
    const index = new SortedIndex<{ key: string }>()
    const begin = performance.now()
    for (let at = 0; at < 100_000; at++) index.set({ key: `k${(at * 7919) % 100_000}` })
    assert.equal(index.size, 100_000)
    assert.ok(performance.now() - begin < 1_000)
  })
})
