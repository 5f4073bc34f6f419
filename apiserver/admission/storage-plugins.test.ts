import assert from 'node:assert/strict'
import { givenObjects } from '../registry/testing/given-objects.ts'
import { persistentVolumeClaims } from '../resources/core/persistent-volume-claim.ts'
import { ingresses } from '../resources/networking/ingress.ts'
import { claimResize } from './claim-resize.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { defaultStorageClass } from './default-storage-class.ts'
import { storageInUseProtection } from './storage-in-use-protection.ts'
import { admitted, refusalOf } from './testing/plugin-lab.ts'

const classOf = (name: string, annotation: string, creationTimestamp: string, more = {}) => ({
  metadata: { name, creationTimestamp, annotations: { [annotation]: 'true' } },
  ...more,
})
const claim = { resource: persistentVolumeClaims }

describe('DefaultStorageClass', () => {
  const key = 'storageclass.kubernetes.io/is-default-class'
  const plugin = defaultStorageClass(
    givenObjects({
      'storageclasses.storage.k8s.io': [
        classOf('old', key, '2026-01-01T00:00:00Z'),
        classOf('new', key, '2026-01-02T00:00:00Z'),
        classOf('newest', 'other', '2026-01-03T00:00:00Z'),
      ],
    }),
  )
  const cases: [string, object, string | undefined][] = [
    ['the newest default for a claim that says nothing', { spec: {} }, 'new'],
    ['none for a claim that wants none', { spec: { storageClassName: '' } }, ''],
    ['its own for a claim that names one', { spec: { storageClassName: 'mine' } }, 'mine'],
    [
      'none where the former annotation names one',
      { metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } }, spec: {} },
      undefined,
    ],
  ]
  for (const [what, object, name] of cases)
    it(`gives ${what}`, async () => {
      const { spec } = await admitted(plugin, { ...claim, object })
      assert.equal(spec.storageClassName, name)
    })
})

describe('DefaultIngressClass', () => {
  it('gives the default class to an Ingress that names none', async () => {
    const key = 'ingressclass.kubernetes.io/is-default-class'
    const plugin = defaultIngressClass(
      givenObjects({
        'ingressclasses.networking.k8s.io': [classOf('nginx', key, '2026-01-01T00:00:00Z')],
      }),
    )
    const wish = { resource: ingresses }
    const unnamed = await admitted(plugin, { ...wish, object: { spec: {} } })
    assert.equal(unnamed.spec.ingressClassName, 'nginx')
    const named = await admitted(plugin, { ...wish, object: { spec: { ingressClassName: 'a' } } })
    assert.equal(named.spec.ingressClassName, 'a')
  })
})

describe('StorageObjectInUseProtection', () => {
  it('keeps new claims from vanishing under their users', async () => {
    const { metadata } = await admitted(storageInUseProtection, { ...claim, object: {} })
    assert.deepEqual(metadata.finalizers, ['kubernetes.io/pvc-protection'])
    const pod = await admitted(storageInUseProtection, { object: {} })
    assert.equal(pod.metadata.finalizers, undefined)
  })
})

describe('PersistentVolumeClaimResize', () => {
  const plugin = claimResize(
    givenObjects({
      'storageclasses.storage.k8s.io': [
        { metadata: { name: 'grows' }, allowVolumeExpansion: true },
        { metadata: { name: 'stays' } },
      ],
    }),
  )
  const sized = (storage: string, storageClassName: string, phase: string) => ({
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  })
  const refused = (from: string, to: string, name: string, phase: string) =>
    refusalOf(plugin, {
      ...claim,
      operation: 'UPDATE',
      object: sized(to, name, phase),
      old: sized(from, name, phase),
    })

  it('lets claims grow that can, and only those', async () => {
    assert.equal(await refused('1Gi', '2Gi', 'grows', 'Bound'), '')
    assert.equal(await refused('1Gi', '1024Mi', 'stays', 'Pending'), '')
    assert.match(
      await refused('1Gi', '2Gi', 'grows', 'Pending'),
      /Only bound persistent volume claims can be expanded$/,
    )
    assert.match(
      await refused('1Gi', '2Gi', 'stays', 'Bound'),
      /only dynamically provisioned pvc can be resized/,
    )
  })
})
