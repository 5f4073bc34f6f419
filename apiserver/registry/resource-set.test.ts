import assert from 'node:assert/strict'
import type { Resource } from '../resources/resource.ts'
import { compareVersions } from '../resources/version-priority.ts'
import { ResourceSet } from './resource-set.ts'

const resource = (group: string, version: string, plural: string): Resource => ({
  group,
  version,
  plural,
  kind: plural,
  singular: plural,
  namespaced: true,
  strategy: {},
  subresources: [],
  columns: [],
})
const names = (set: ResourceSet) =>
  set.all.map(({ group, version, plural }) => `${group}/${version}/${plural}`)

describe('the set of served resources', () => {
  const built = [resource('', 'v1', 'pods'), resource('apps', 'v1', 'deployments')]

  it('has the built-in ones first, then others by group, preferred versions first', () => {
    const set = new ResourceSet(built)
    set.replace('z', [resource('z.io', 'v1beta1', 'zs'), resource('z.io', 'v1', 'zs')])
    set.replace('a', [resource('a.io', 'v1', 'as')])
    assert.deepEqual(names(set), [
      '/v1/pods',
      'apps/v1/deployments',
      'a.io/v1/as',
      'z.io/v1/zs',
      'z.io/v1beta1/zs',
    ])
  })

  it('swaps those of a source at once, and says so', () => {
    const set = new ResourceSet(built)
    const told: number[] = []
    set.changes.subscribe((all) => told.push(all.length))
    set.replace('a', [resource('a.io', 'v1', 'as'), resource('a.io', 'v2', 'as')])
    const before = set.all
    set.replace('a', [resource('a.io', 'v3', 'as')])
    assert.notEqual(set.all, before)
    assert.equal(set.find('a.io', 'v1', 'as'), undefined)
    assert.equal(set.named('as.a.io')?.version, 'v3')
    set.replace('a', [])
    set.replace('a', [])
    assert.equal(set.named('as.a.io'), undefined)
    assert.deepEqual(told, [4, 3, 2])
  })

  it('lets nothing take the place of what is built in', () => {
    const set = new ResourceSet(built)
    set.replace('x', [resource('apps', 'v1', 'deployments')])
    assert.equal(set.find('apps', 'v1', 'deployments'), built[1])
    assert.equal(set.all.length, 2)
  })

  it('names the resource by which a kind is stored, where it is served', () => {
    const stored = resource('a.io', 'v2', 'as')
    const storage = { stored, read: (all: readonly never[]) => all, write: (one: never) => one }
    const view = { ...resource('a.io', 'v3', 'as'), storage } as unknown as Resource
    const set = new ResourceSet(built)
    set.replace('a', [view, stored])
    assert.equal(set.named('as.a.io'), stored)
  })

  it('prefers versions as Kubernetes does', () => {
    const preferred = [
      'v10',
      'v2',
      'v1',
      'v11beta2',
      'v10beta3',
      'v3beta1',
      'v12alpha1',
      'v11alpha2',
      'foo1',
      'foo10',
    ]
    assert.deepEqual([...preferred].reverse().sort(compareVersions), preferred)
  })
})
