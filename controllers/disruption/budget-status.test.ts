import assert from 'node:assert/strict'
import type { PodDisruptionBudget, Pod as PodObject } from '../../api/types.ts'
import { budgetStatus, failedStatus, nextExpiry } from './budget-status.ts'

const now = Date.UTC(2026, 0, 1, 12)

const pods = (ready: number, others = 0): PodObject[] =>
  Array.from({ length: ready + others }, (_, n) => ({
    metadata: { name: `p${n}` },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: n < ready ? 'True' : 'False' }],
    },
  }))

const budget = (
  spec: PodDisruptionBudget['spec'],
  status?: PodDisruptionBudget['status'],
): PodDisruptionBudget => ({ metadata: { name: 'b', generation: 3 }, spec, status })

const count = (
  spec: PodDisruptionBudget['spec'],
  ready: number,
  { others = 0, wanted = 0 }: { others?: number; wanted?: number } = {},
) => {
  const status = budgetStatus({
    budget: budget(spec),
    pods: pods(ready, others),
    expected: () => wanted,
    now,
  })
  const { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed } = status
  return [currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed]
}

describe('the status of a disruption budget', () => {
  const cases: [string, unknown[], number[]][] = [
    ['a number that must stay', count({ minAvailable: 2 }, 3), [3, 2, 3, 1]],
    ['a number that is not there', count({ minAvailable: 5 }, 3), [3, 5, 3, 0]],
    ['only ready pods are healthy', count({ minAvailable: 1 }, 1, { others: 2 }), [1, 1, 3, 0]],
    ['a share, rounded up', count({ minAvailable: '50%' }, 5, { wanted: 5 }), [5, 3, 5, 2]],
    ['a number that may be missing', count({ maxUnavailable: 1 }, 3, { wanted: 3 }), [3, 2, 3, 1]],
    ['missing already', count({ maxUnavailable: 1 }, 2, { wanted: 3 }), [2, 2, 3, 0]],
    [
      'a share that may be missing',
      count({ maxUnavailable: '30%' }, 10, { wanted: 10 }),
      [10, 7, 10, 3],
    ],
    ['more than there are', count({ maxUnavailable: 10 }, 3, { wanted: 3 }), [3, 0, 3, 3]],
    ['no pods at all', count({ minAvailable: 0 }, 0), [0, 0, 0, 0]],
    ['neither', count({}, 2), [2, 0, 2, 2]],
  ]
  for (const [what, found, expected] of cases)
    it(`${what}: healthy, wanted, expected, allowed`, () => assert.deepEqual(found, expected))

  it('counts an allowed eviction as gone until it is seen, or two minutes have passed', () => {
    const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()
    const disruptedPods = { p0: ago(30), p1: ago(121), gone: ago(1) }
    const before = { disruptedPods } as unknown as PodDisruptionBudget['status']
    const status = budgetStatus({
      budget: budget({ minAvailable: 1 }, before),
      pods: pods(3),
      expected: () => 0,
      now,
    })
    assert.deepEqual(Object.keys(status.disruptedPods ?? {}), ['p0'])
    assert.equal(status.currentHealthy, 2)
    assert.equal(status.disruptionsAllowed, 1)
    assert.equal(nextExpiry(status, now), 90_000)
  })

  it('tells since when it has been so', () => {
    const first = budgetStatus({
      budget: budget({ minAvailable: 1 }),
      pods: pods(2),
      expected: () => 0,
      now,
    })
    const later = budgetStatus({
      budget: budget({ minAvailable: 1 }, first),
      pods: pods(3),
      expected: () => 0,
      now: now + 60_000,
    })
    assert.deepEqual(later.conditions, first.conditions)
    assert.equal(first.conditions?.[0]?.reason, 'SufficientPods')
    assert.equal(first.observedGeneration, 3)
  })

  it('allows nothing where it cannot be counted, and says why', () => {
    const status = failedStatus(budget({ maxUnavailable: 1 }), 'nobody knows', now)
    assert.equal(status.disruptionsAllowed, 0)
    const [condition] = status.conditions ?? []
    assert.deepEqual([condition?.reason, condition?.message], ['SyncFailed', 'nobody knows'])
  })
})
