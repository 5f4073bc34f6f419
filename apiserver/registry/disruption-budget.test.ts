import assert from 'node:assert/strict'
import type { Pod, PodDisruptionBudget } from '../../api/types.ts'
import { StatusError } from '../http/status.ts'
import { budgetOf, ignoresBudget, needsNoBudget, withOneLess } from './disruption-budget.ts'

const now = Date.UTC(2026, 0, 1)

const pod = (status: Pod['status'], metadata: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name: 'web-1', labels: { app: 'web' }, ...metadata },
  status,
})
const running = (ready: boolean) =>
  pod({ phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] })

const budget = (
  status: Partial<NonNullable<PodDisruptionBudget['status']>>,
  spec: PodDisruptionBudget['spec'] = {},
): PodDisruptionBudget => ({
  metadata: { name: 'b', generation: 2 },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  status: {
    observedGeneration: 2,
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    disruptionsAllowed: 1,
    ...status,
  },
})

function refused(action: () => unknown): StatusError {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof StatusError)
    return error
  }
  assert.fail('it was allowed')
}

describe('a disruption budget', () => {
  it('is asked about pods that serve, and about no others', () => {
    assert.equal(needsNoBudget(running(true)), false)
    assert.equal(needsNoBudget(running(false)), false)
    for (const phase of ['Pending', 'Succeeded', 'Failed'])
      assert.equal(needsNoBudget(pod({ phase })), true, phase)
    assert.equal(needsNoBudget(pod({ phase: 'Running' }, { deletionTimestamp: 'x' })), true)
  })

  it('is the one whose selector has the pod; none without a selector, all with an empty one', () => {
    const other = budget({}, { selector: { matchLabels: { app: 'other' } } })
    const none = budget({}, { selector: undefined })
    const mine = budget({})
    assert.equal(budgetOf(running(true), [other, none, mine]), mine)
    assert.equal(budgetOf(running(true), [other, none]), undefined)
    const all = budget({}, { selector: {} })
    assert.equal(budgetOf(running(true), [all]), all)
    assert.equal(refused(() => budgetOf(running(true), [all, mine])).status.code, 500)
  })

  it('gives one disruption and remembers for whom', () => {
    const { status } = withOneLess(budget({ disruptionsAllowed: 2 }), 'web-1', now)
    assert.equal(status?.disruptionsAllowed, 1)
    assert.deepEqual(status?.disruptedPods, { 'web-1': '2026-01-01T00:00:00Z' })
    assert.equal(status?.conditions, undefined)
  })

  it('says so when it was the last one', () => {
    const { status } = withOneLess(budget({ disruptionsAllowed: 1 }), 'web-1', now)
    assert.equal(status?.disruptionsAllowed, 0)
    const [condition] = status?.conditions ?? []
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason],
      ['DisruptionAllowed', 'False', 'InsufficientPods'],
    )
  })

  it('refuses with 429 where none is left', () => {
    const { status } = refused(() => withOneLess(budget({ disruptionsAllowed: 0 }), 'p', now))
    assert.equal(status.code, 429)
    assert.equal(
      status.message,
      "Cannot evict pod as it would violate the pod's disruption budget.",
    )
    assert.deepEqual(status.details?.causes, [
      {
        reason: 'DisruptionBudget',
        message: 'The disruption budget b needs 2 healthy pods and has 3 currently',
      },
    ])
  })

  it('asks for patience while its controller has not seen it', () => {
    const { status } = refused(() => withOneLess(budget({ observedGeneration: 1 }), 'p', now))
    assert.equal(status.code, 429)
    assert.equal(status.details?.retryAfterSeconds, 10)
    assert.match(status.details?.causes?.[0]?.message ?? '', /still being processed/)
  })

  it('holds back when too many evictions are not confirmed', () => {
    const disruptedPods = Object.fromEntries(
      Array.from({ length: 2001 }, (_, n) => [`p${n}`, '2026-01-01T00:00:00Z']),
    )
    assert.equal(refused(() => withOneLess(budget({ disruptedPods }), 'p', now)).status.code, 403)
  })

  it('lets pods go that are not ready where enough others are, or where it is told to', () => {
    const enough = budget({ currentHealthy: 2, desiredHealthy: 2 })
    const few = budget({ currentHealthy: 1, desiredHealthy: 2 })
    assert.equal(ignoresBudget(running(false), enough), true)
    assert.equal(ignoresBudget(running(false), few), false)
    assert.equal(ignoresBudget(running(true), enough), false)
    const always = { ...few, spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }
    assert.equal(ignoresBudget(running(false), always), true)
    assert.equal(ignoresBudget(running(true), always), false)
    const zero = budget({ currentHealthy: 0, desiredHealthy: 0 })
    assert.equal(ignoresBudget(running(false), zero), false)
  })
})
