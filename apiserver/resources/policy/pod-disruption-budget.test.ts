import assert from 'node:assert/strict'
import type { PodDisruptionBudget } from '../../../api/types.ts'
import { created, row } from '../examples.ts'
import { podDisruptionBudgets } from './pod-disruption-budget.ts'

const budget = (spec: object): PodDisruptionBudget => ({ metadata: { name: 'web' }, spec })

describe('disruption budgets', () => {
  const rules: [about: string, spec: object, errors: string[]][] = [
    ['of a number', { minAvailable: 1 }, []],
    ['of a part', { maxUnavailable: '50%' }, []],
    [
      'have one bound',
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      'keep no more than all',
      { minAvailable: '101%' },
      ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'know what to do with the sick',
      { unhealthyPodEvictionPolicy: 'Never' },
      [
        'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(podDisruptionBudgets, budget(spec)), errors))

  it('begin with nothing allowed, and are not changed blindly', () => {
    const made = budget({ minAvailable: 1 })
    created(podDisruptionBudgets, made)
    assert.deepEqual(made.status, {
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    })
    assert.equal(podDisruptionBudgets.strategy.unconditionalUpdate, false)
  })

  it('read as rows', () =>
    assert.deepEqual(row(podDisruptionBudgets, budget({ maxUnavailable: '10%' }), 0), [
      'web',
      'N/A',
      '10%',
      0,
      '<unknown>',
    ]))
})
