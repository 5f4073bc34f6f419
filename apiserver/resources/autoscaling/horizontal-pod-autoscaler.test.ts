import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../../../api/types.ts'
import { created, row } from '../examples.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts'
import { horizontalPodAutoscalersV1 } from './horizontal-pod-autoscaler-v1.ts'
import { formatMetrics } from './metric-text.ts'
import { fromV1, toV1 } from './v1-form.ts'

const autoscaler = (spec: object = {}): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', annotations: { a: 'b' } },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    maxReplicas: 3,
    ...spec,
  },
})
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

describe('autoscalers', () => {
  it('are filled in', () => {
    const made = autoscaler({ behavior: { scaleDown: { policies: [] } } })
    created(horizontalPodAutoscalers, made)
    assert.deepEqual(made.spec?.minReplicas, 1)
    assert.deepEqual(made.spec?.metrics, [cpu(80)])
    assert.deepEqual(made.spec?.behavior?.scaleUp, {
      selectPolicy: 'Max',
      stabilizationWindowSeconds: 0,
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    })
  })

  const metric = (more: object) => ({ metrics: [{ type: 'Pods', ...more }] })
  const rules: [about: string, spec: object, errors: string[]][] = [
    ['say nothing', {}, []],
    [
      'keep their bounds in order',
      { minReplicas: 5 },
      ['spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`'],
    ],
    [
      'leave one at least',
      { minReplicas: 0 },
      [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    ],
    [
      'scale something',
      { scaleTargetRef: {} },
      ['spec.scaleTargetRef.kind: Required value', 'spec.scaleTargetRef.name: Required value'],
    ],
    [
      'describe the metric that they name',
      metric({ resource: cpu(5).resource }),
      [
        'spec.metrics[0].pods: Required value: must populate information for the given metric source',
      ],
    ],
    [
      'want something of a metric',
      metric({ pods: { metric: { name: 'q' }, target: { type: 'AverageValue' } } }),
      [
        'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      ],
    ],
    [
      'know metrics',
      { metrics: [{ type: 'Mood' }] },
      [
        'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      'change at some pace',
      { behavior: { scaleUp: { stabilizationWindowSeconds: 3601, policies: [{ type: 'Pods' }] } } },
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero',
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(horizontalPodAutoscalers, autoscaler(spec)), errors))

  it('read as rows, in both versions', () => {
    const made = autoscaler()
    created(horizontalPodAutoscalers, made)
    const cells = ['web', 'Deployment/web', 'cpu: <unknown>/80%', '1', 3, 0, '<unknown>']
    assert.deepEqual(row(horizontalPodAutoscalers, made, 0), cells)
    assert.deepEqual(row(horizontalPodAutoscalersV1, toV1(made), 0), cells)
  })

  it('tell two metrics, and how many more', () => {
    const pods = {
      type: 'Pods',
      pods: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '10' } },
    }
    const now = { type: 'Pods', pods: { metric: { name: 'q' }, current: { averageValue: '3' } } }
    assert.equal(
      formatMetrics([pods, cpu(5), cpu(6)], [now]),
      '3/10, cpu: <unknown>/5% + 1 more...',
    )
    assert.equal(formatMetrics([], []), '<none>')
  })
})

describe('autoscalers in version 1', () => {
  it('have one target, and the default where they name none', () => {
    const made: HorizontalPodAutoscalerV1 = {
      metadata: { name: 'web' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 2 },
    }
    assert.deepEqual(created(horizontalPodAutoscalersV1, made), [])
    assert.deepEqual(made.spec, {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 2,
      targetCPUUtilizationPercentage: 80,
    })
    assert.deepEqual(made.status, { currentReplicas: 0, desiredReplicas: 0 })
  })

  const quantity = fc.constantFrom('1', '500m', '10Gi')
  const name = fc.constantFrom('a', 'queue-length')
  const identified = fc.record({ name })
  const average = fc.record({
    type: fc.constant('AverageValue'),
    averageValue: quantity,
  })
  const metrics = fc.array(
    fc.oneof(
      fc.record({
        type: fc.constant('Pods'),
        pods: fc.record({ metric: identified, target: average }),
      }),
      fc.record({
        type: fc.constant('External'),
        external: fc.record({ metric: identified, target: average }),
      }),
      fc.record({
        type: fc.constant('ContainerResource'),
        containerResource: fc.record({ name, container: name, target: average }),
      }),
    ),
    { maxLength: 4 },
  )
  const rules = fc.record(
    {
      selectPolicy: fc.constantFrom('Min', 'Max'),
      stabilizationWindowSeconds: fc.nat(3600),
      policies: fc.array(
        fc.record({
          type: fc.constant('Pods'),
          value: fc.integer({ min: 1, max: 9 }),
          periodSeconds: fc.integer({ min: 1, max: 60 }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    },
    { requiredKeys: [] },
  )

  it('lose nothing on the way there and back', () =>
    fc.assert(
      fc.property(
        metrics,
        fc.record({ scaleUp: rules, scaleDown: rules }),
        fc.integer({ min: 1, max: 100 }),
        (others, behavior, percent) => {
          const stored = {
            ...autoscaler({ minReplicas: 1, metrics: [...others, cpu(percent)], behavior }),
            status: {
              currentReplicas: 1,
              desiredReplicas: 2,
              currentMetrics: [
                { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1' } } },
              ],
              conditions: [
                { type: 'Able', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
              ],
            },
          }
          const plain = (value: object) => JSON.parse(JSON.stringify(value)) as unknown
          assert.deepEqual(plain(fromV1(toV1(stored))), plain(stored))
        },
      ),
      { numRuns: 100 },
    ))

  for (const text of ['5', '[5]', 'null', '{', '[{"type":"Object","object":{}}]', '{"ScaleUp":5}'])
    it(`take ${text} in an annotation for nothing harmful`, () => {
      const annotations = Object.fromEntries(
        ['metrics', 'current-metrics', 'conditions', 'behavior'].map((key) => [
          `autoscaling.alpha.kubernetes.io/${key}`,
          text,
        ]),
      )
      const shown = toV1(autoscaler())
      const hostile = { ...shown, metadata: { name: 'x', annotations }, status: undefined }
      assert.doesNotThrow(() => created(horizontalPodAutoscalersV1, hostile))
    })
})
