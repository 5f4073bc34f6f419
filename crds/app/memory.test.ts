import assert from 'node:assert/strict'
import fc from 'fast-check'
import { bounded, chosen, type Memory, memoryOf, runningEntry, settled } from './memory.ts'
import type { Release } from './release.ts'

const release = (letter: string): Release => ({
  digest: `sha256:${letter}`,
  settings: { image: 'shop', port: 80 },
  release: letter,
})
const limit = 2

/** One run: what is asked for, and how that which runs fares. */
const runs = fc.record({
  wanted: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  state: fc.constantFrom('rolling', 'up', 'failed'),
  progressDeadlineSeconds: fc.constantFrom(10, 20),
})
type Step = typeof runs extends fc.Arbitrary<infer T> ? T : never

function run(memory: Memory, { wanted, state, progressDeadlineSeconds }: Step): Memory {
  const entry = runningEntry(memory)
  const verdict = state === 'failed' ? { state, message: 'no' } : { state }
  const known = settled(memory, entry && release(entry.release), verdict, progressDeadlineSeconds)
  const wish = {
    release: wanted ? release(wanted) : undefined,
    progressDeadlineSeconds,
    now: 'now',
  }
  return bounded(chosen(known, wish), limit)
}

/** Calls `check` with each run's memory before and after. */
const always = (check: (before: Memory, after: Memory, step: Step) => void) =>
  fc.assert(
    fc.property(fc.array(runs, { maxLength: 30 }), (steps) => {
      let memory = memoryOf()
      for (const step of steps) {
        const after = run(memory, step)
        check(memory, after, step)
        memory = after
      }
    }),
    { numRuns: 500 },
  )

const newest = ({ history }: Memory) => history.at(-1)?.revision ?? 0

describe('the memory of an app', () => {
  it('always knows what runs and what it may return to', () => {
    always((_, after, { wanted }) => {
      if (after.revision === undefined) assert.equal(wanted, undefined)
      else assert.ok(runningEntry(after))
      if (after.lastGood)
        assert.equal(
          after.history.find(({ revision }) => revision === after.lastGood?.revision)?.outcome,
          'Good',
        )
    })
  })

  it('never uses a number twice', () => {
    always((before, after) => {
      const begun = after.history.filter(({ revision }) => revision > newest(before))
      assert.ok(begun.length <= 1)
      for (const { revision, outcome } of begun) {
        assert.equal(revision, newest(before) + 1)
        assert.equal(outcome, 'RollingOut')
      }
    })
  })

  it('runs what has failed only where there is nothing to return to', () => {
    always((_, after) => {
      if (runningEntry(after)?.outcome === 'Failed') assert.equal(after.lastGood, undefined)
    })
  })

  it('does not begin again what has just failed', () => {
    always((before, after, { wanted, progressDeadlineSeconds }) => {
      const failure = before.history.at(-1)
      if (failure?.outcome !== 'Failed' || failure.release !== wanted) return
      if (failure.progressDeadlineSeconds === progressDeadlineSeconds)
        assert.equal(newest(after), failure.revision)
    })
  })

  it('runs what is asked for unless that has failed', () => {
    always((_, after, { wanted, progressDeadlineSeconds }) => {
      const running = runningEntry(after)
      if (!wanted || running?.release === wanted) return
      const failure = after.history.at(-1)
      assert.deepEqual(
        [failure?.outcome, failure?.release, failure?.progressDeadlineSeconds],
        ['Failed', wanted, progressDeadlineSeconds],
      )
    })
  })

  it('does not grow', () => {
    always((_, after) => assert.ok(after.history.length <= limit + 3))
  })

  it('is the same, and not an equal one, when nothing has changed', () => {
    always((_, after, step) => {
      const still = { ...step, state: 'rolling' as const }
      const once = run(after, still)
      assert.equal(run(once, still), once)
    })
  })
})
