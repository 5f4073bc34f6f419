import assert from 'node:assert/strict'
import type { LimitRange, ResourceQuota } from '../../../api/types.ts'
import { created, row, updated } from '../examples.ts'
import { limitRanges } from './limit-range.ts'
import { resourceQuotas } from './resource-quota.ts'

const quota = (spec: object): ResourceQuota => ({ metadata: { name: 'all' }, spec })
const range = (limits: object): LimitRange => ({
  metadata: { name: 'each' },
  spec: { limits: [{ type: 'Container', ...limits }] },
})
type Rule = [about: string, spec: object, errors: string[]]

describe('quotas', () => {
  const rules: Rule[] = [
    [
      'hold down what can be counted',
      {
        hard: { pods: '3', 'requests.cpu': '1', 'count/jobs.batch': '2', 'requests.a.b/gpu': '1' },
      },
      [],
    ],
    [
      'hold down nothing else',
      { hard: { beans: '1', storage: '1' } },
      [
        'spec.hard[beans]: Invalid value: "beans": must be a standard resource type or fully qualified',
        'spec.hard[beans]: Invalid value: "beans": must be a standard resource for quota',
        'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
      ],
    ],
    [
      'know no half pods',
      { hard: { pods: '1500m' } },
      ['spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    ],
    [
      'count what their scope has',
      { hard: { secrets: '1' }, scopes: ['BestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
    [
      'are not of opposite scopes',
      { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      'select by values where a scope has some',
      {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [] }],
        },
      },
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(resourceQuotas, quota(spec)), errors))

  it('keep their scopes', () => {
    const old = quota({ hard: { pods: '1' }, scopes: ['BestEffort'] })
    created(resourceQuotas, old)
    assert.deepEqual(updated(resourceQuotas, quota({ hard: { pods: '2' } }), old), [
      'spec.scopes: Invalid value: null: field is immutable',
    ])
  })

  it('read as rows, limits apart', () => {
    const status = {
      hard: { 'limits.cpu': '2', pods: '10', 'requests.cpu': '1' },
      used: { 'limits.cpu': '500m', pods: '3' },
    }
    assert.deepEqual(row(resourceQuotas, { ...quota({}), status }, 0), [
      'all',
      'pods: 3/10, requests.cpu: 0/1',
      'limits.cpu: 500m/2',
      '<unknown>',
    ])
  })
})

describe('limits', () => {
  it('of containers give defaults: the most as the limit, the least as the request', () => {
    const made = range({ max: { cpu: '2', memory: '1Gi' }, min: { cpu: '1', storage: '1' } })
    limitRanges.strategy.default?.(made as never)
    assert.deepEqual(made.spec?.limits[0]?.default, { cpu: '2', memory: '1Gi' })
    assert.deepEqual(made.spec?.limits[0]?.defaultRequest, {
      cpu: '2',
      memory: '1Gi',
      storage: '1',
    })
  })

  const at = 'spec.limits[0]'
  const rules: Rule[] = [
    ['leave room', { max: { cpu: '2' }, min: { cpu: '1' } }, []],
    [
      'do not cross',
      { max: { cpu: '1' }, min: { cpu: '2' }, default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
      [
        `${at}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1`,
        `${at}.defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1`,
        `${at}.default[cpu]: Invalid value: "2": min value 2 is greater than default value 1`,
      ],
    ],
    [
      'of pods have no defaults',
      { type: 'Pod', default: { cpu: '1' } },
      [`${at}.default: Forbidden: may not be specified when \`type\` is 'Pod'`],
    ],
    [
      'of claims bound the storage',
      { type: 'PersistentVolumeClaim' },
      [
        `${at}.limits: Required value: either minimum or maximum storage value is required, but neither was provided`,
      ],
    ],
    [
      'are for kinds that have some',
      { type: 'House' },
      [`${at}.type: Invalid value: "House": must be a standard limit type or fully qualified`],
    ],
    [
      'leave a ratio that can be kept',
      { max: { cpu: '2' }, min: { cpu: '1' }, maxLimitRequestRatio: { cpu: '3' } },
      [
        `${at}.maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000`,
      ],
    ],
  ]
  for (const [about, limits, errors] of rules)
    it(about, () => assert.deepEqual(created(limitRanges, range(limits)), errors))
})
