import assert from 'node:assert/strict'
import type {
  DaemonSet,
  PodTemplate,
  ReplicationController,
  StatefulSet,
} from '../../../api/types.ts'
import { podTemplates } from '../core/pod-template.ts'
import { replicationControllers } from '../core/replication-controller.ts'
import { container, created, row, told, updated } from '../examples.ts'
import type { Resource } from '../resource.ts'
import { daemonSets } from './daemon-set.ts'
import { statefulSets } from './stateful-set.ts'

const labels = { app: 'web' }
const template = () => ({ metadata: { labels }, spec: { containers: [container()] } })
const selected = () => ({ selector: { matchLabels: labels }, template: template() })

const statefulSet = (spec: object = {}): StatefulSet => ({
  metadata: { name: 'web' },
  spec: { serviceName: 'web', ...selected(), ...spec },
})
const daemonSet = (spec: object = {}): DaemonSet => ({
  metadata: { name: 'web' },
  spec: { ...selected(), ...spec },
})
const controller = (spec: object = {}): ReplicationController => ({
  metadata: { name: 'web' },
  spec: { template: template(), ...spec },
})

const statusErrors = (resource: Resource, status: object, before: object = {}) =>
  told(
    resource.strategy.validateStatusUpdate?.(
      { metadata: {}, status } as never,
      { metadata: {}, status: before } as never,
    ) ?? [],
  )

type Rule = [about: string, spec: object, errors: string[]]

describe('stateful sets', () => {
  const at = 'spec.updateStrategy'
  const claim = { spec: { accessModes: ['ReadWriteOnce'] }, metadata: { name: 'data' } }
  const sized = {
    ...claim,
    spec: { ...claim.spec, resources: { requests: { storage: '1Gi' } } },
  }
  const rules: Rule[] = [
    ['say nothing', {}, []],
    [
      'start their pods in order or all at once',
      { podManagementPolicy: 'Any' },
      ["spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'"],
    ],
    [
      'know two ways to change',
      { updateStrategy: { type: 'Recreate' } },
      [`${at}: Invalid value: {"type":"Recreate"}: must be 'RollingUpdate' or 'OnDelete'`],
    ],
    [
      'do not roll what is changed by hand',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        `${at}.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`,
      ],
    ],
    [
      'roll somehow',
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      [`${at}.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0`],
    ],
    [
      'keep claims or delete them',
      { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Sell' } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Sell": supported values: "Retain", "Delete"',
      ],
    ],
    [
      'select their own pods',
      { selector: { matchLabels: { app: 'other' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'claim so much',
      { volumeClaimTemplates: [claim] },
      ['spec.volumeClaimTemplates[0].spec.resources[storage]: Required value'],
    ],
    [
      'mount what they claim',
      {
        volumeClaimTemplates: [sized],
        template: {
          metadata: { labels },
          spec: {
            containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
          },
        },
      },
      [],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(statefulSets, statefulSet(spec)), errors))

  it('are not asked how many pods may be missing, unless they have been', () => {
    const asked = () =>
      statefulSet({ updateStrategy: { rollingUpdate: { partition: 0, maxUnavailable: 0 } } })
    const made = asked()
    assert.deepEqual(created(statefulSets, made), [])
    assert.deepEqual(made.spec?.updateStrategy?.rollingUpdate, { partition: 0 })
    const old = statefulSet({})
    created(statefulSets, old)
    old.spec!.updateStrategy!.rollingUpdate!.maxUnavailable = 2
    assert.deepEqual(updated(statefulSets, asked(), old), [
      `${at}.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0`,
    ])
  })

  it('are filled in', () => {
    const set = statefulSet({ volumeClaimTemplates: [structuredClone(sized)] })
    created(statefulSets, set)
    assert.partialDeepStrictEqual(set, {
      spec: {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { partition: 0 },
        },
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            spec: { volumeMode: 'Filesystem' },
            status: { phase: 'Pending' },
          },
        ],
      },
      status: { replicas: 0, availableReplicas: 0 },
    })
  })

  it('that name their strategy are told no more of it', () => {
    const set = statefulSet({ updateStrategy: { type: 'RollingUpdate' } })
    created(statefulSets, set)
    assert.deepEqual(set.spec?.updateStrategy, { type: 'RollingUpdate' })
  })

  it('change in some fields only', () => {
    const old = statefulSet()
    created(statefulSets, old)
    assert.deepEqual(
      updated(statefulSets, statefulSet({ replicas: 5, minReadySeconds: 1 }), old),
      [],
    )
    assert.deepEqual(updated(statefulSets, statefulSet({ serviceName: 'other' }), old), [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ])
  })

  it('report counts that fit together', () =>
    assert.deepEqual(
      statusErrors(statefulSets, { replicas: 1, readyReplicas: 1, availableReplicas: 2 }),
      [
        'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
      ],
    ))

  it('have names that can be hostnames', () => {
    assert.notDeepEqual(statefulSets.validateName?.('a.b', false), [])
    assert.deepEqual(statefulSets.validateName?.('a-b', false), [])
  })

  it('read as rows', () => {
    const set = { ...statefulSet({ replicas: 3 }), status: { replicas: 3, readyReplicas: 2 } }
    assert.deepEqual(row(statefulSets, set, 0, true), [
      'web',
      '2/3',
      '<unknown>',
      'web',
      'nginx:1.29',
    ])
  })
})

describe('daemon sets', () => {
  const at = 'spec.updateStrategy'
  const rolling = (rollingUpdate: object) => ({ updateStrategy: { rollingUpdate } })
  const rules: Rule[] = [
    ['say nothing', {}, []],
    [
      'select something',
      { selector: undefined },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'do not select everything',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'start the new pod before or after the old one ends',
      rolling({ maxUnavailable: 1, maxSurge: '10%' }),
      [
        `${at}.rollingUpdate.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is non-zero`,
      ],
    ],
    [
      'change somehow',
      rolling({ maxUnavailable: 0 }),
      [`${at}.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`],
    ],
    [
      'know two ways to change',
      { updateStrategy: { type: 'Any' } },
      [`${at}: Unsupported value: {"type":"Any"}: supported values: "RollingUpdate", "OnDelete"`],
    ],
    [
      'run for ever',
      { template: { ...template(), spec: { ...template().spec, restartPolicy: 'Never' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(daemonSets, daemonSet(spec)), errors))

  it('are filled in, and their templates counted', () => {
    const old = daemonSet()
    created(daemonSets, old)
    const count = ({ metadata }: DaemonSet) =>
      metadata.annotations?.['deprecated.daemonset.template.generation']
    assert.partialDeepStrictEqual(old, {
      spec: {
        updateStrategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        },
        revisionHistoryLimit: 10,
      },
      status: {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      },
    })
    assert.equal(count(old), '1')
    const same = daemonSet({ minReadySeconds: 1 })
    assert.deepEqual(updated(daemonSets, same, old), [])
    assert.equal(count(same), '1')
    const other = daemonSet()
    other.spec!.template.spec!.containers[0]!.image = 'other'
    assert.deepEqual(updated(daemonSets, other, old), [])
    assert.equal(count(other), '2')
  })

  it('keep their selector, and count up', () => {
    const old = daemonSet()
    created(daemonSets, old)
    const now = daemonSet({ selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } })
    assert.deepEqual(updated(daemonSets, now, old), [
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Exists"}]}: field is immutable',
    ])
    assert.deepEqual(statusErrors(daemonSets, { numberReady: -1 }, { collisionCount: 1 }), [
      'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ])
  })

  it('read as rows', () => {
    const status = {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      numberReady: 3,
      updatedNumberScheduled: 2,
      numberAvailable: 1,
    }
    assert.deepEqual(row(daemonSets, { ...daemonSet(), status }, 0, true), [
      'web',
      5,
      4,
      3,
      2,
      1,
      '<none>',
      '<unknown>',
      'web',
      'nginx:1.29',
      'app=web',
    ])
  })
})

describe('replication controllers', () => {
  it('take selector and labels from their template', () => {
    const object = controller()
    assert.deepEqual(created(replicationControllers, object), [])
    assert.deepEqual(object.spec?.selector, labels)
    assert.deepEqual(object.metadata.labels, labels)
    assert.deepEqual(object.status, { replicas: 0 })
    assert.deepEqual(replicationControllers.scale?.read(object as never), {
      replicas: 1,
      statusReplicas: 0,
      selector: 'app=web',
    })
  })

  const rules: Rule[] = [
    [
      'have a template',
      { template: undefined, selector: { a: 'b' } },
      ['spec.template: Required value'],
    ],
    [
      'select its pods',
      { selector: { a: 'b' } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'are not fewer than none',
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(replicationControllers, controller(spec)), errors))
})

describe('pod templates', () => {
  it('are filled in, checked and read as rows', () => {
    const object: PodTemplate = { metadata: { name: 'web' }, template: template() }
    assert.deepEqual(created(podTemplates, object), [])
    assert.equal(object.template?.spec?.dnsPolicy, 'ClusterFirst')
    assert.deepEqual(row(podTemplates, object, 0), ['web', 'web', 'nginx:1.29', 'app=web'])
    assert.deepEqual(created(podTemplates, { metadata: {}, template: {} }), [
      'template.spec: Required value',
    ])
  })
})
