import assert from 'node:assert/strict'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { priorityClasses } from '../resources/scheduling/priority-class.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { runtimeClass } from './runtime-class.ts'
import { admitted, refusalOf } from './testing/plugin-lab.ts'
import { mergedTolerations } from './tolerations.ts'

describe('Priority', () => {
  const plugin = priority(
    givenObjects({
      'priorityclasses.scheduling.k8s.io': [
        { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' },
        { metadata: { name: 'usual' }, value: 10, globalDefault: true },
      ],
    }),
  )

  it('goes by the class that is named, or by the default one', async () => {
    const named = await admitted(plugin, { object: { spec: { priorityClassName: 'high' } } })
    assert.deepEqual(named.spec, {
      priorityClassName: 'high',
      priority: 1000,
      preemptionPolicy: 'Never',
    })
    const unnamed = await admitted(plugin, { object: { spec: {} } })
    assert.deepEqual(unnamed.spec, {
      priorityClassName: 'usual',
      priority: 10,
      preemptionPolicy: 'PreemptLowerPriority',
    })
  })

  it('refuses what the class does not say', async () => {
    assert.equal(
      await refusalOf(plugin, { object: { spec: { priorityClassName: 'none' } } }),
      '403 pods "x" is forbidden: no PriorityClass with name none was found',
    )
    assert.match(
      await refusalOf(plugin, { object: { spec: { priority: 7 } } }),
      /the integer value of priority \(7\) must not be provided in pod spec; priority admission controller computed 10 /,
    )
    assert.match(
      await refusalOf(plugin, {
        object: { spec: { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' } },
      }),
      /the string value of PreemptionPolicy \(PreemptLowerPriority\) must not be provided/,
    )
  })

  it('lets one class alone be the default', async () => {
    const wish = { resource: priorityClasses, name: 'other' }
    const object = { metadata: { name: 'other' }, globalDefault: true }
    assert.match(
      await refusalOf(plugin, { ...wish, object }),
      /PriorityClass usual is already marked as default. Only one default can exist$/,
    )
    const same = { metadata: { name: 'usual' }, globalDefault: true }
    assert.equal(
      await refusalOf(plugin, { ...wish, operation: 'UPDATE', object: same, old: same }),
      '',
    )
  })

  it('keeps the priority of a pod whose client does not know the field', async () => {
    const { spec } = await admitted(plugin, {
      operation: 'UPDATE',
      object: { spec: {} },
      old: { spec: { priority: 1000, preemptionPolicy: 'Never' } },
    })
    assert.deepEqual(spec, { priority: 1000, preemptionPolicy: 'Never' })
  })
})

describe('RuntimeClass', () => {
  const plugin = runtimeClass(
    givenObjects({
      'runtimeclasses.node.k8s.io': [
        {
          metadata: { name: 'vm' },
          overhead: { podFixed: { memory: '64Mi' } },
          scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm' }] },
        },
      ],
    }),
  )

  it('brings its overhead and its nodes into the pod', async () => {
    const { spec } = await admitted(plugin, { object: { spec: { runtimeClassName: 'vm' } } })
    assert.deepEqual(spec, {
      runtimeClassName: 'vm',
      overhead: { memory: '64Mi' },
      nodeSelector: { vm: 'yes' },
      tolerations: [{ key: 'vm' }],
    })
  })

  const refusals: [string, object, RegExp][] = [
    [
      'a class that is not there',
      { runtimeClassName: 'no' },
      /pod rejected: RuntimeClass "no" not found$/,
    ],
    [
      'another overhead than its own',
      { runtimeClassName: 'vm', overhead: { memory: '1Mi' } },
      /Pod's Overhead doesn't match RuntimeClass's defined Overhead$/,
    ],
    [
      'overhead of nothing',
      { overhead: { memory: '1Mi' } },
      /Pod Overhead set without corresponding/,
    ],
    [
      'nodes that contradict its own',
      { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      /conflict: runtimeClass.scheduling.nodeSelector\[vm\] = yes; pod.spec.nodeSelector\[vm\] = no$/,
    ],
  ]
  for (const [what, spec, text] of refusals)
    it(`refuses ${what}`, async () => {
      assert.match(await refusalOf(plugin, { object: { spec } }), text)
    })
})

describe('tolerations of two sides', () => {
  const key = 'k'
  const equal = { key, operator: 'Equal', value: 'v' }
  const exists = { key, operator: 'Exists' }
  const soon = { ...exists, effect: 'NoExecute', tolerationSeconds: 10 }
  const late = { ...soon, tolerationSeconds: 20 }
  const cases: [string, object[], object[], object[]][] = [
    ['are all there', [equal], [{ ...exists, key: 'x' }], [equal, { ...exists, key: 'x' }]],
    ['are there once', [equal], [{ ...equal }], [equal]],
    ['give way to wider ones', [equal], [exists], [exists]],
    ['make narrower ones superfluous', [exists], [equal], [exists]],
    ['last as long as the longer one', [soon], [late], [late]],
    [
      'that tolerate anything are enough',
      [soon, equal],
      [{ operator: 'Exists' }],
      [{ operator: 'Exists' }],
    ],
    ['of one effect leave others', [{ ...exists, effect: 'NoSchedule' }], [exists], [exists]],
    [
      'of values are not those of others',
      [equal],
      [{ ...equal, value: 'w' }],
      [equal, { ...equal, value: 'w' }],
    ],
  ]
  for (const [what, first, second, merged] of cases)
    it(what, () => {
      assert.deepEqual(mergedTolerations(first, second), merged)
    })
})

describe('PodTopologyLabels', () => {
  it('gives a binding the place of its node', async () => {
    const zone = { 'topology.kubernetes.io/zone': 'z' }
    const plugin = podTopologyLabels(
      givenObjects({ nodes: [{ metadata: { name: 'n', labels: { ...zone, other: 'o' } } }] }),
    )
    const binding = { group: '', version: 'v1', kind: 'Binding' }
    const { metadata } = await admitted(plugin, {
      kind: binding,
      subresource: 'binding',
      object: { target: { kind: 'Node', name: 'n' } },
    })
    assert.deepEqual(metadata.labels, zone)
  })
})
