import assert from 'node:assert/strict'
import { created, row, updated } from '../examples.ts'
import { runtimeClasses } from '../node/runtime-class.ts'
import type { Resource } from '../resource.ts'
import { priorityClasses } from '../scheduling/priority-class.ts'
import { csiDrivers } from './csi-driver.ts'
import { csiNodes } from './csi-node.ts'
import { csiStorageCapacities } from './csi-storage-capacity.ts'
import { storageClasses } from './storage-class.ts'
import { volumeAttachments } from './volume-attachment.ts'
import { volumeAttributesClasses } from './volume-attributes-class.ts'

const metadata = { name: 'a', namespace: 'b' }
const named = (more: object, name = 'a') => ({ metadata: { name }, ...more })
const provisioner = 'example.com/disk'
const source = { persistentVolumeName: 'v' }

const cases: [about: string, Resource, object: object, errors: string[]][] = [
  ['name who makes volumes', storageClasses, named({ provisioner }), []],
  [
    'name nothing unknown',
    storageClasses,
    named({ reclaimPolicy: 'Recycle', volumeBindingMode: 'Never' }),
    [
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Never": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  ],
  [
    'name each topology once',
    storageClasses,
    named({
      provisioner,
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'a'] }] }],
    }),
    ['allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"'],
  ],
  [
    'have attributes',
    volumeAttributesClasses,
    named({ driverName: 'd', parameters: { a: 'b' } }),
    [],
  ],
  [
    'have some attribute',
    volumeAttributesClasses,
    named({ driverName: 'd' }),
    ['parameters: Required value: must contain at least one key/value pair'],
  ],
  [
    'attach a volume',
    volumeAttachments,
    named({ spec: { attacher: 'd', nodeName: 'n', source } }),
    [],
  ],
  [
    'attach one volume',
    volumeAttachments,
    named({ spec: { attacher: 'd', nodeName: 'n', source: {} } }),
    [
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
  ],
  [
    'attach a driver’s volume that stands in a pod',
    volumeAttachments,
    named({
      spec: {
        attacher: 'd',
        nodeName: 'n',
        source: { inlineVolumeSpec: { claimRef: {}, accessModes: ['ReadWriteOnce'] } },
      },
    }),
    [
      'spec.source.inlineVolumeSpec.claimRef: Forbidden: may not be specified in the context of inline volumes',
      'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
    ],
  ],
  ['may say nothing', csiDrivers, named({ spec: {} }), []],
  [
    'take tokens as secrets, if they take any',
    csiDrivers,
    named({ spec: { serviceAccountTokenInSecrets: true, preventPodSchedulingIfMissing: true } }),
    [
      'spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    ],
  ],
  [
    'ask for a token of each audience once, for ten minutes at least',
    csiDrivers,
    named({
      spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 5 }, { audience: 'a' }] },
    }),
    [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
    ],
  ],
  [
    'name each driver once',
    csiNodes,
    named({
      spec: {
        drivers: [
          { name: 'd', nodeID: 'n' },
          { name: 'd', nodeID: '' },
        ],
      },
    }),
    ['spec.drivers[1].nodeID: Required value', 'spec.drivers[1].name: Duplicate value: "d"'],
  ],
  [
    'are of some size',
    csiStorageCapacities,
    { metadata, storageClassName: 's', capacity: '-1' },
    ['capacity: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  ['are as people rank them', priorityClasses, named({ value: 1_000_000_000 }), []],
  [
    'leave the highest to the system',
    priorityClasses,
    named({ value: 1_000_000_001 }),
    ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
  [
    'of the system are what they are',
    priorityClasses,
    named({ value: 2e9 }, 'system-cluster-critical'),
    [],
  ],
  [
    'of the system are no others',
    priorityClasses,
    named({ value: 1 }, 'system-mine'),
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ],
  ],
  [
    'are by a name that nodes know',
    runtimeClasses,
    named({ handler: 'gvisor.io' }),
    ['handler: Invalid value: "gvisor.io": must not contain dots'],
  ],
]

describe('classes, and storage drivers', () => {
  for (const [about, resource, object, errors] of cases)
    it(`${resource.plural} ${about}`, () => assert.deepEqual(created(resource, object), errors))

  const changes: [Resource, object, object, string[]][] = [
    [
      storageClasses,
      named({ provisioner: 'other.io/x', parameters: { a: 'b' } }),
      named({ provisioner, reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
      [
        'parameters: Forbidden: updates to parameters are forbidden.',
        'provisioner: Forbidden: updates to provisioner are forbidden.',
      ],
    ],
    [
      priorityClasses,
      named({ value: 2, preemptionPolicy: 'Never' }),
      named({ value: 1, preemptionPolicy: 'PreemptLowerPriority' }),
      [
        'value: Forbidden: may not be changed in an update.',
        'preemptionPolicy: Invalid value: "Never": field is immutable',
      ],
    ],
    [
      runtimeClasses,
      named({ handler: 'b' }),
      named({ handler: 'a' }),
      ['handler: Invalid value: "b": field is immutable'],
    ],
    [
      csiNodes,
      named({ spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 2 } }] } }),
      named({ spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 1 } }] } }),
      [],
    ],
  ]
  for (const [resource, object, old, errors] of changes)
    it(`${resource.plural} stay what they are`, () =>
      assert.deepEqual(updated(resource, object, old), errors))

  it('read as rows', () => {
    const isDefault = { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }
    assert.deepEqual(
      row(storageClasses, { metadata: { name: 'a', ...isDefault }, provisioner }, 0),
      ['a (default)', provisioner, 'Delete', 'Immediate', false, '<unknown>'],
    )
    assert.deepEqual(row(priorityClasses, named({ value: 7, preemptionPolicy: 'Never' }), 0), [
      'a',
      7,
      false,
      '<unknown>',
      'Never',
    ])
  })
})
