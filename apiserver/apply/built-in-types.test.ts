import assert from 'node:assert/strict'
import { resources } from '../resources/index.ts'
import type { MergeType } from '../schema/merge-type.ts'
import { builtInType } from './built-in-types.ts'
import { elementOf } from './elements.ts'

const at = (schema: string, ...names: string[]): MergeType | undefined =>
  names.reduce<MergeType | undefined>((type, name) => {
    if (type?.kind === 'list') return name === '*' ? type.items : undefined
    if (type?.kind === 'map') return type.values
    if (type?.kind === 'atomic') return type.object
    return type?.kind === 'struct' ? type.field(name) : undefined
  }, builtInType(schema))

const pod = 'io.k8s.api.core.v1.Pod'

describe('apply: types of built-in kinds', () => {
  it('know lists by their keys, sets by their values, and the rest as a whole', () => {
    assert.equal(at(pod, 'spec', 'containers')?.kind, 'list')
    assert.equal(at(pod, 'metadata', 'finalizers')?.kind, 'set')
    assert.equal(at(pod, 'spec', 'tolerations')?.kind, 'atomic')
    assert.equal(at(pod, 'spec', 'containers', '*', 'command')?.kind, 'atomic')
    assert.equal(at(pod, 'metadata', 'labels')?.kind, 'map')
  })

  it('take what is marked atomic as one value, wherever it is marked', () => {
    assert.equal(at(pod, 'spec', 'nodeSelector')?.kind, 'atomic')
    assert.equal(at('io.k8s.api.apps.v1.Deployment', 'spec', 'selector')?.kind, 'atomic')
    const env = ['spec', 'containers', '*', 'env', '*', 'valueFrom']
    assert.equal(at(pod, ...env)?.kind, 'struct')
    assert.equal(at(pod, ...env, 'fieldRef')?.kind, 'atomic')
    assert.equal(at('io.k8s.api.core.v1.PersistentVolume', 'spec', 'claimRef')?.kind, 'struct')
  })

  it('fill in keys that have defaults before anything is known by them', () => {
    const ports = at(pod, 'spec', 'containers', '*', 'ports')
    assert.ok(ports?.kind === 'list')
    const element = 'k:{"containerPort":80,"protocol":"TCP"}'
    assert.equal(elementOf({ containerPort: 80 }, ports), element)
    assert.equal(elementOf({ protocol: 'TCP', containerPort: 80 }, ports), element)
  })

  it('are there for every kind that is served', () => {
    for (const { schema, kind } of resources) {
      if (schema === undefined) continue
      const type = builtInType(schema)
      assert.equal(type.kind, 'struct', kind)
      assert.equal(at(schema, 'metadata', 'ownerReferences')?.kind, 'list', kind)
    }
  })
})
