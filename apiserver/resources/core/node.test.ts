import assert from 'node:assert/strict'
import type { Node } from '../../../api/types.ts'
import { created, node, row, updated } from '../examples.ts'
import { nodes } from './node.ts'

const having = (spec: Node['spec'], status?: Node['status']): Node =>
  node((one) => {
    one.spec = spec
    if (status) one.status = status
  })

describe('nodes', () => {
  const rules: [about: string, bad: Node, errors: string[], near: Node][] = [
    [
      'ranges are ranges',
      having({ podCIDR: '10.244.0.0' }),
      [
        'spec.podCIDRs[0]: Invalid value: "10.244.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
      having({ podCIDR: '10.244.0.0/24' }),
    ],
    [
      'one range of each family',
      having({ podCIDRs: ['10.244.0.0/24', '10.244.1.0/24'] }),
      [
        'spec.podCIDRs: Invalid value: ["10.244.0.0/24","10.244.1.0/24"]: may specify no more than one CIDR for each IP family',
      ],
      having({ podCIDRs: ['10.244.0.0/24', 'fd00::/64'] }),
    ],
    [
      'taints are unique',
      having({
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', value: 'b', effect: 'NoSchedule' },
        ],
      }),
      [
        'spec.taints[1]: Duplicate value: {"key":"a","value":"b","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      ],
      having({
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoExecute' },
        ],
      }),
    ],
    [
      'taints have an effect',
      having({ taints: [{ key: 'a', effect: 'Never' }] }),
      [
        'spec.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
      having({ taints: [{ key: 'a.b/c', effect: 'PreferNoSchedule' }] }),
    ],
    [
      'capacity is not negative, and pods come whole',
      having({}, { capacity: { cpu: '-1', pods: '1.5' } }),
      ['capacity', 'allocatable'].flatMap((list) => [
        `status.${list}.cpu: Invalid value: "-1": must be greater than or equal to 0`,
        `status.${list}.pods: Invalid value: "1500m": must be an integer`,
      ]),
      having({}, { capacity: { cpu: '0.5', pods: '110' } }),
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(nodes, bad), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(nodes, near), []))
  }

  it('keep the status that they were created with', () => {
    const object = having({}, { nodeInfo: { kubeletVersion: 'v1' } as never })
    created(nodes, object)
    assert.partialDeepStrictEqual(object.status, { nodeInfo: { kubeletVersion: 'v1' } })
  })

  it('keep range and provider once they have them', () => {
    const old = having({ podCIDR: '10.244.0.0/24', providerID: 'a://b' })
    created(nodes, old)
    assert.deepEqual(updated(nodes, having({ podCIDR: '10.244.1.0/24', providerID: 'c' }), old), [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ])
    const cordoned = having({ podCIDR: '10.244.0.0/24', providerID: 'a://b', unschedulable: true })
    assert.deepEqual(updated(nodes, cordoned, old), [])
    assert.deepEqual(updated(nodes, having({ podCIDR: '10.244.0.0/24' }), having({})), [])
  })

  const now = Date.UTC(2026, 0, 2)
  const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] })
  const words: [Node, string][] = [
    [having({}, ready('True')), 'Ready'],
    [having({}, ready('False')), 'NotReady'],
    [having({}, ready('Unknown')), 'NotReady'],
    [having({}), 'Unknown'],
    [having({ unschedulable: true }, ready('True')), 'Ready,SchedulingDisabled'],
  ]
  for (const [object, word] of words)
    it(`read ${word}`, () => assert.equal(row(nodes, object, now)[1], word))

  it('read as rows', () => {
    const object = having(
      {},
      {
        ...ready('True'),
        addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
        nodeInfo: {
          kubeletVersion: 'v1.36.0',
          osImage: 'Debian',
          kernelVersion: '6.1',
          architecture: 'amd64',
          containerRuntimeVersion: 'containerd://1.6.20',
        } as never,
      },
    )
    object.metadata.creationTimestamp = '2026-01-01T00:00:00Z'
    object.metadata.labels = {
      'node-role.kubernetes.io/worker': '',
      'node-role.kubernetes.io/control-plane': '',
      'node-role.kubernetes.io/': '',
    }
    assert.deepEqual(row(nodes, object, now), [
      'one',
      'Ready',
      'control-plane,worker',
      '24h',
      'v1.36.0',
    ])
    assert.deepEqual(row(nodes, object, now, true).slice(5), [
      '192.0.2.1',
      '<none>',
      'Debian',
      '6.1 (amd64)',
      'containerd://1.6.20',
    ])
    const bare = having({}, { nodeInfo: { kernelVersion: '6.1' } as never })
    assert.equal(row(nodes, bare, now, true)[8], '6.1')
    assert.deepEqual(row(nodes, node(), now, true), [
      'one',
      'Unknown',
      '<none>',
      '<unknown>',
      '',
      '<none>',
      '<none>',
      '<unknown>',
      '<unknown>',
      '<unknown>',
    ])
  })
})
