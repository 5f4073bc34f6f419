import assert from 'node:assert/strict'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../api/types.ts'
import { created, row, updated } from '../examples.ts'
import { persistentVolumes } from './persistent-volume.ts'
import { persistentVolumeClaims } from './persistent-volume-claim.ts'

const claim = (spec: object = {}): PersistentVolumeClaim => ({
  metadata: { name: 'data' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
})
const volume = (spec: object = {}): PersistentVolume => ({
  metadata: { name: 'disk' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    nfs: { server: 'files', path: '/a' },
    ...spec,
  },
})
type Rule = [about: string, spec: object, errors: string[]]

describe('claims to storage', () => {
  const rules: Rule[] = [
    ['ask for so much', {}, []],
    [
      'say how they are used',
      { accessModes: [] },
      ['spec.accessModes: Required value: at least 1 access mode is required'],
    ],
    [
      'are of one pod or of many',
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    [
      'know the ways of use',
      { accessModes: ['Any'] },
      [
        'spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      'ask for something',
      { resources: { requests: { storage: '0' } } },
      ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    ],
    [
      'begin as copies of claims, or of what a group knows',
      { dataSourceRef: { kind: 'Backup', name: 'b' } },
      [
        'spec.dataSource: Invalid value: "Backup": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
        'spec.dataSourceRef: Invalid value: "Backup": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      ],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(persistentVolumeClaims, claim(spec)), errors))

  it('are filled in, and begin pending', () => {
    const made = claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'other' } })
    created(persistentVolumeClaims, made)
    assert.partialDeepStrictEqual(made, {
      spec: {
        volumeMode: 'Filesystem',
        dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'other' },
      },
      status: { phase: 'Pending' },
    })
  })

  const backup = { apiGroup: 'x.io', kind: 'Backup', name: 'b' }
  const sources: [about: string, given: object, kept: object][] = [
    [
      'come from what a group knows',
      { dataSourceRef: backup },
      { dataSource: backup, dataSourceRef: backup },
    ],
    ['come from nothing that only the newer field may name', { dataSource: backup }, {}],
    ['come from their own namespace', { dataSourceRef: { ...backup, namespace: 'c' } }, {}],
  ]
  for (const [about, given, kept] of sources)
    it(about, () => {
      const made = claim(given)
      assert.deepEqual(created(persistentVolumeClaims, made), [])
      const { dataSource, dataSourceRef } = made.spec ?? {}
      assert.deepEqual(
        { ...(dataSource && { dataSource }), ...(dataSourceRef && { dataSourceRef }) },
        kept,
      )
    })

  it('come from where they came, whichever field says it', () => {
    const [old, now] = [claim({ dataSourceRef: backup }), claim({ dataSource: backup })]
    created(persistentVolumeClaims, old)
    delete old.spec?.dataSource
    assert.deepEqual(updated(persistentVolumeClaims, now, old), [])
    assert.deepEqual(now.spec?.dataSourceRef, backup)
  })

  const changes: [about: string, spec: object, status: object, errors: RegExp[]][] = [
    ['get a volume', { volumeName: 'disk' }, {}, []],
    [
      'grow when they have one',
      { resources: { requests: { storage: '2Gi' } } },
      { phase: 'Bound' },
      [],
    ],
    [
      'do not grow before',
      { resources: { requests: { storage: '2Gi' } } },
      {},
      [/^spec: Forbidden: spec is immutable after creation except resources.requests and volumeA/],
    ],
    [
      'do not become smaller than they are',
      { resources: { requests: { storage: '1Mi' } } },
      { phase: 'Bound', capacity: { storage: '1Gi' } },
      [/^spec.resources.requests.storage: Forbidden: field can not be less than status.capacity$/],
    ],
    [
      'are used as before',
      { accessModes: ['ReadOnlyMany'] },
      { phase: 'Bound' },
      [/changed: spec.accessModes\[0\]\n$/],
    ],
  ]
  for (const [about, spec, status, errors] of changes)
    it(about, () => {
      const old = claim()
      created(persistentVolumeClaims, old)
      const told = updated(persistentVolumeClaims, claim(spec), { ...old, status })
      assert.equal(told.length, errors.length, told.join())
      for (const [index, error] of errors.entries()) assert.match(told[index] ?? '', error)
    })

  it('read as rows', () => {
    const status = { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] }
    const bound = { ...claim({ volumeName: 'disk', storageClassName: 'fast' }), status }
    assert.deepEqual(row(persistentVolumeClaims, bound, 0, true), [
      'data',
      'Bound',
      'disk',
      '2Gi',
      'RWO',
      'fast',
      '<unset>',
      '<unknown>',
      '<unset>',
    ])
    const leaving = { ...claim(), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }
    assert.deepEqual(row(persistentVolumeClaims, leaving, 0).slice(1, 5), [
      'Terminating',
      '',
      '',
      '',
    ])
  })
})

describe('volumes', () => {
  const rules: Rule[] = [
    ['are somewhere', {}, []],
    [
      'are somewhere in truth',
      { nfs: undefined },
      ['spec: Required value: must specify a volume type'],
    ],
    [
      'are in one place',
      { hostPath: { path: '/x' } },
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'say where',
      { nfs: { server: '', path: 'a' } },
      [
        'spec.nfs.server: Required value',
        'spec.nfs.path: Invalid value: "a": must be an absolute path',
      ],
    ],
    [
      'have storage and nothing else',
      { capacity: { cpu: '1' } },
      ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
    ],
    [
      'on a node say on which',
      { nfs: undefined, local: { path: '/x' } },
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'of a whole machine are not wiped',
      { nfs: undefined, hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      [
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      ],
    ],
    [
      'of a driver name it',
      { nfs: undefined, csi: { driver: '', volumeHandle: '' } },
      ['spec.csi.volumeHandle: Required value', 'spec.csi.driver: Required value'],
    ],
  ]
  for (const [about, spec, errors] of rules)
    it(about, () => assert.deepEqual(created(persistentVolumes, volume(spec)), errors))

  it('are filled in, and know since when they wait', () => {
    const made = volume()
    created(persistentVolumes, made)
    assert.partialDeepStrictEqual(made, {
      spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
      status: { phase: 'Pending', lastPhaseTransitionTime: '1970-01-01T00:00:00Z' },
    })
  })

  it('stay where they are', () => {
    const old = volume()
    created(persistentVolumes, old)
    assert.deepEqual(updated(persistentVolumes, volume({ storageClassName: 'slow' }), old), [])
    const [moved] = updated(persistentVolumes, volume({ nfs: { server: 'b', path: '/a' } }), old)
    assert.match(
      moved ?? '',
      /^spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n/,
    )
  })

  it('read as rows', () => {
    const object = {
      ...volume({
        claimRef: { namespace: 'a', name: 'b' },
        persistentVolumeReclaimPolicy: 'Delete',
      }),
      status: { phase: 'Bound', reason: 'asked' },
    }
    assert.deepEqual(row(persistentVolumes, object, 0), [
      'disk',
      '1Gi',
      'RWO',
      'Delete',
      'Bound',
      'a/b',
      '',
      '<unset>',
      'asked',
      '<unknown>',
    ])
  })
})
