import assert from 'node:assert/strict'
import type { Pod, ReplicaSet } from '../../api/types.ts'
import { claimOf, fromLabelSelector } from '../framework/index.ts'
import { stillTooMany, whoSelects } from './index.ts'
import { podFromTemplate } from './pod-from-template.ts'

const replicaSet = (name: string, app: string, replicas = 1): ReplicaSet => ({
  metadata: { name, namespace: 'default', uid: name },
  spec: {
    replicas,
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app, 'pod-template-hash': 'abc' }, annotations: { note: 'n' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
  },
})

describe('replica set', () => {
  it('makes pods that it owns, with the labels of the template', () => {
    const owner = replicaSet('web', 'web')
    const pod = podFromTemplate(owner)
    assert.deepEqual(pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: 'web-',
        namespace: 'default',
        labels: { app: 'web', 'pod-template-hash': 'abc' },
        annotations: { note: 'n' },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: 'web',
            uid: 'web',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    })
    assert.notEqual(pod.metadata.labels, owner.spec?.template?.metadata?.labels)
  })

  it('is told of orphans that it selects, and of no owned pod', () => {
    const all = [replicaSet('web', 'web'), replicaSet('other', 'other')]
    const read = () => ({ get: () => undefined, list: () => all as never[], ownedBy: () => [] })
    const orphan: Pod = { metadata: { namespace: 'default', labels: { app: 'web' } } }
    assert.deepEqual(whoSelects(orphan, read), [{ namespace: 'default', name: 'web' }])
    const owned = structuredClone(orphan)
    owned.metadata.ownerReferences = podFromTemplate(all[1]!).metadata.ownerReferences!
    assert.deepEqual(whoSelects(owned, read), [])
  })

  it('deletes only while the live ReplicaSet wants no more than the one that decided', () => {
    const seen = replicaSet('web', 'web', 3)
    assert.equal(stillTooMany(seen, replicaSet('web', 'web', 3) as never), true)
    assert.equal(stillTooMany(seen, replicaSet('web', 'web', 2) as never), true)
    assert.equal(stillTooMany(seen, replicaSet('web', 'web', 4) as never), false)
    assert.equal(stillTooMany(seen, undefined), false)
    assert.equal(stillTooMany(seen, { metadata: { uid: 'another' } }), false)
  })
})

describe('claim', () => {
  const owner = replicaSet('web', 'web')
  const selector = fromLabelSelector(owner.spec?.selector)!
  const pod = (change: object, labels: Record<string, string> = { app: 'web' }) => ({
    metadata: { namespace: 'default', labels, ...change },
  })
  const mine = { ownerReferences: podFromTemplate(owner).metadata.ownerReferences }
  const others = {
    ownerReferences: podFromTemplate(replicaSet('other', 'web')).metadata.ownerReferences,
  }
  const deleting = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: 'now' } }

  for (const [what, of, object, expected] of [
    ['an owned object that matches', owner, pod(mine), 'owned'],
    ['an owned object that no longer matches', owner, pod(mine, { app: 'x' }), 'release'],
    ['an orphan that matches', owner, pod({}), 'adopt'],
    ['an orphan that does not match', owner, pod({}, { app: 'x' }), 'ignore'],
    ['an orphan that is being deleted', owner, pod({ deletionTimestamp: 'now' }), 'ignore'],
    ['an orphan of another namespace', owner, pod({ namespace: 'other' }), 'ignore'],
    ["another controller's object", owner, pod(others), 'ignore'],
    ['an orphan, while the owner is being deleted', deleting, pod({}), 'ignore'],
    ['a mismatch, while the owner is being deleted', deleting, pod(mine, {}), 'ignore'],
    ['an owned match, while the owner is being deleted', deleting, pod(mine), 'owned'],
  ] as const)
    it(`${expected}: ${what}`, () => {
      assert.equal(claimOf(of, selector, object), expected)
    })
})
