import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type PodFacts, type PodState, step } from './pod-state.ts'

const facts = (changes: Partial<PodFacts> = {}): PodFacts => ({
  now: 1000,
  deletion: undefined,
  vanished: undefined,
  graceSeconds: 30,
  refused: undefined,
  evicted: undefined,
  expired: false,
  completed: false,
  running: false,
  held: () => false,
  left: () => false,
  ...changes,
})

const order: PodState['phase'][] = [
  'active',
  'rejected',
  'stopping',
  'releasing',
  'finished',
  'removing',
  'removed',
  'gone',
]

const grace = fc.option(fc.record({ graceSeconds: fc.nat(100) }), { nil: undefined })
const anyFacts: fc.Arbitrary<PodFacts> = fc
  .record({
    deletion: grace,
    vanished: grace,
    graceSeconds: fc.nat(100),
    refused: fc.constantFrom(undefined, { reason: 'OutOfcpu', message: '' }),
    evicted: fc.constantFrom(undefined, { reason: 'Evicted', message: '' }),
    expired: fc.boolean(),
    completed: fc.boolean(),
    running: fc.boolean(),
    isHeld: fc.boolean(),
    isLeft: fc.boolean(),
  })
  .map(({ isHeld, isLeft, ...rest }) => facts({ ...rest, held: () => isHeld, left: () => isLeft }))

describe('the life of a pod', () => {
  it('never goes back', () => {
    fc.assert(
      fc.property(fc.array(anyFacts, { maxLength: 30, size: 'max' }), (history) => {
        let state: PodState = { phase: 'active' }
        for (const now of history) {
          const next = step(state, now)
          assert.ok(order.indexOf(next.phase) >= order.indexOf(state.phase))
          state = next
        }
      }),
    )
  })

  it('never puts off the end of its containers, nor takes an order to end back', () => {
    const weights = { completed: 0, failed: 0, deleted: 1, vanished: 2 }
    fc.assert(
      fc.property(fc.array(anyFacts, { maxLength: 30, size: 'max' }), (history) => {
        let state: PodState = { phase: 'active' }
        for (const [index, changes] of history.entries()) {
          const next = step(state, { ...changes, now: 1000 * index })
          if (state.phase === 'stopping' && next.phase === 'stopping') {
            assert.ok(next.deadline <= state.deadline)
            assert.ok(weights[next.cause.kind] >= weights[state.cause.kind])
          }
          state = next
        }
      }),
    )
  })

  it('rests: the same facts lead to an end, not in circles', () => {
    fc.assert(
      fc.property(anyFacts, (now) => {
        let state: PodState = { phase: 'active' }
        for (let steps = 0; ; steps++) {
          const next = step(state, now)
          if (next === state) break
          assert.ok(steps < order.length)
          state = next
        }
      }),
    )
  })

  it('releases nothing while a container runs', () => {
    const state = step({ phase: 'active' }, facts({ deletion: { graceSeconds: 5 }, running: true }))
    assert.deepEqual(state, {
      phase: 'stopping',
      cause: { kind: 'deleted' },
      graceSeconds: 5,
      deadline: 6000,
    })
    assert.equal(step(state, facts({ deletion: { graceSeconds: 5 }, running: true })), state)
  })

  it('keeps what is left of a pod that is over until it is deleted', () => {
    const finished: PodState = { phase: 'finished', cause: { kind: 'completed' } }
    assert.equal(step(finished, facts({ left: () => true })), finished)
    const deletion = { graceSeconds: 0 }
    assert.deepEqual(step(finished, facts({ deletion })), { phase: 'removing' })
  })

  it('waits with the last word until nothing is left on the node', () => {
    const deletion = { graceSeconds: 0 }
    const removing: PodState = { phase: 'removing' }
    assert.equal(step(removing, facts({ deletion, left: () => true })), removing)
    assert.deepEqual(step(removing, facts({ deletion })), { phase: 'removed' })
  })
})
