import assert from 'node:assert/strict'
import type { ControllerRevision, Lease } from '../../../api/types.ts'
import { controllerRevisions } from '../apps/controller-revision.ts'
import { serviceAccounts } from '../core/service-account.ts'
import { created, row, updated } from '../examples.ts'
import { leases } from './lease.ts'

const metadata = { name: 'a', namespace: 'b' }
const lease = (spec: Lease['spec']): Lease => ({ metadata, spec })

describe('leases', () => {
  const rules: [about: string, bad: Lease['spec'], errors: string[], near: Lease['spec']][] = [
    [
      'last some time',
      { leaseDurationSeconds: 0 },
      ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
      { leaseDurationSeconds: 1 },
    ],
    [
      'were handed over so many times, or never',
      { leaseTransitions: -1 },
      ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
      { leaseTransitions: 0 },
    ],
  ]
  for (const [about, bad, errors, near] of rules) {
    it(about, () => assert.deepEqual(created(leases, lease(bad)), errors))
    it(`${about}: nearly so`, () => assert.deepEqual(created(leases, lease(near)), []))
  }

  it('are held by whoever comes first', () => {
    const elected = lease({ strategy: 'OldestEmulationVersion', preferredHolder: 'a' })
    assert.deepEqual(created(leases, elected), [])
    assert.deepEqual(elected.spec, {})
  })

  it('are never written over unseen', () =>
    assert.equal(leases.strategy.unconditionalUpdate, false))

  it('read as rows', () =>
    assert.deepEqual(row(leases, lease({ holderIdentity: 'one' }), 0), ['a', 'one', '<unknown>']))
})

describe('controller revisions', () => {
  const revision = (more: Partial<ControllerRevision>): ControllerRevision => ({
    metadata,
    revision: 1,
    data: { a: 1 },
    ...more,
  })

  it('keep a state, under a number', () => {
    assert.deepEqual(created(controllerRevisions, revision({})), [])
    assert.deepEqual(created(controllerRevisions, revision({ data: undefined, revision: -1 })), [
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ])
  })

  it('never change the state', () => {
    assert.deepEqual(updated(controllerRevisions, revision({ revision: 2 }), revision({})), [])
    assert.deepEqual(updated(controllerRevisions, revision({ data: { a: 2 } }), revision({})), [
      'data: Invalid value: {"a":2}: field is immutable',
    ])
  })

  it('read as rows', () => {
    const owner = { kind: 'StatefulSet', name: 'web', uid: 'u', controller: true }
    const owned = (apiVersion: string) =>
      revision({ metadata: { ...metadata, ownerReferences: [{ ...owner, apiVersion }] } })
    assert.deepEqual(row(controllerRevisions, owned('apps/v1'), 0), [
      'a',
      'statefulset.apps/web',
      1,
      '<unknown>',
    ])
    assert.equal(row(controllerRevisions, owned('v1'), 0)[1], 'statefulset/web')
    assert.equal(row(controllerRevisions, revision({}), 0)[1], '<none>')
  })
})

describe('service accounts', () => {
  it('are told by how many secrets they name', () =>
    assert.deepEqual(row(serviceAccounts, { metadata, secrets: [{ name: 's' }] }, 0), [
      'a',
      1,
      '<unknown>',
    ]))
})
