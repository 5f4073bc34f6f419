import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import {
  capUpdaters,
  type ManagedFieldsEntry,
  ManagedFieldsError,
  type Manager,
  type Managers,
  managerId,
  readManagers,
  storedManagers,
  writeManagers,
} from './managers.ts'

const manager = (name: string, more: Partial<Manager> = {}): Manager => ({
  manager: name,
  operation: 'Update',
  apiVersion: 'v1',
  subresource: '',
  time: '2026-01-01T00:00:00Z',
  fields: { [`f:${name}`]: {} },
  ...more,
})

const all = (...list: Manager[]): Managers => new Map(list.map((one) => [managerId(one), one]))

const written = (managers: Managers): ManagedFieldsEntry[] => {
  const object: KubernetesObject = { metadata: {} }
  writeManagers(object, managers)
  return object.metadata.managedFields as ManagedFieldsEntry[]
}

describe('apply: managers', () => {
  it('stand in the order of operation, time, name, version and subresource', () => {
    const entries = written(
      all(
        manager('z', { time: '2025-01-01T00:00:00Z' }),
        manager('b'),
        manager('a', { subresource: 'status' }),
        manager('a'),
        manager('timeless', { time: undefined }),
        manager('m', { operation: 'Apply', time: '2027-01-01T00:00:00Z' }),
      ),
    )
    assert.deepEqual(
      entries.map((entry) => `${entry.manager} ${entry.subresource ?? ''}`.trim()),
      ['m', 'timeless', 'z', 'a', 'a status', 'b'],
    )
  })

  it('are one for those who apply, whatever the version, and one a version otherwise', () => {
    const [one, other] = [{ apiVersion: 'v1' }, { apiVersion: 'v2' }]
    const apply = { operation: 'Apply' as const }
    assert.equal(
      managerId(manager('a', { ...one, ...apply })),
      managerId(manager('a', { ...other, ...apply })),
    )
    assert.notEqual(managerId(manager('a', one)), managerId(manager('a', other)))
  })

  it('come back as they were written', () => {
    const managers = all(manager('a'), manager('b', { operation: 'Apply' }))
    const object = { metadata: { managedFields: written(managers) } }
    const again = written(storedManagers(object))
    assert.deepEqual(again, object.metadata.managedFields)
    assert.deepEqual(written(readManagers(again)), again)
  })

  it('beyond ten are put together by version, the oldest first', () => {
    const managers = all(
      ...Array.from({ length: 12 }, (_, index) =>
        manager(`m${index}`, { time: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z` }),
      ),
      manager('applier', { operation: 'Apply' }),
    )
    capUpdaters(managers)
    const entries = written(managers)
    assert.equal(entries.filter(({ operation }) => operation === 'Update').length, 10)
    const ancient = entries.find(({ manager }) => manager === 'ancient-changes')
    assert.deepEqual(ancient, {
      manager: 'ancient-changes',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:02Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:m0': {}, 'f:m1': {}, 'f:m2': {} },
    })
  })

  const right = { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' }
  for (const wrong of [
    { operation: 'Guess' },
    { apiVersion: '' },
    { fieldsType: '' },
    { fieldsType: 'FieldsV2' },
    { fieldsV1: { spec: {} } },
  ])
    it(`are not read from what cannot be: ${JSON.stringify(wrong)}`, () => {
      assert.throws(() => readManagers([{ ...right, ...wrong }]), ManagedFieldsError)
    })
})
