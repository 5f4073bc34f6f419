import assert from 'node:assert/strict'
import {
  definition,
  definitionNames,
  definitionOfKind,
  findDefinition,
  type Type,
} from './schema.ts'

function named(type: Type): string | undefined {
  switch (type.kind) {
    case 'list':
      return named(type.items)
    case 'map':
      return named(type.values)
    case 'definition':
      return type.name
    default:
      return undefined
  }
}

describe('the table of facts', () => {
  it('has every definition that another refers to', () => {
    for (const name of definitionNames())
      for (const { type } of definition(name).fields.values()) {
        const referred = named(type)
        if (referred) assert.ok(findDefinition(referred), `${name}: ${referred}`)
      }
  })

  it('finds built-in kinds, and nothing by names of Object.prototype', () => {
    assert.equal(
      definitionOfKind({ group: 'apps', version: 'v1', kind: 'Deployment' }),
      'io.k8s.api.apps.v1.Deployment',
    )
    assert.equal(definitionOfKind({ group: 'x', version: 'v1', kind: 'Deployment' }), undefined)
    assert.equal(findDefinition('constructor'), undefined)
    assert.equal(definition('io.k8s.api.core.v1.Pod').fields.get('constructor'), undefined)
    assert.throws(() => definition('io.k8s.api.core.v1.Nothing'), RangeError)
  })

  it('knows types, merge keys, pointers and protobuf numbers', () => {
    const { fields, message } = definition('io.k8s.api.core.v1.PodSpec')
    const containers = fields.get('containers')!
    assert.deepEqual(
      [containers.required, containers.number, containers.listMapKeys, containers.patchMergeKey],
      [true, 2, ['name'], 'name'],
    )
    assert.deepEqual(fields.get('volumes')!.patchStrategies, ['merge', 'retainKeys'])
    assert.equal(fields.get('terminationGracePeriodSeconds')!.pointer, true)
    assert.equal(fields.get('hostNetwork')!.pointer, false)
    assert.deepEqual(fields.get('restartPolicy')!.enum, ['Always', 'Never', 'OnFailure'])
    assert.deepEqual(message.get(7), { field: fields.get('nodeSelector') })
  })

  it('flattens in JSON what is a message of its own in protobuf', () => {
    const probe = definition('io.k8s.api.core.v1.Probe')
    assert.ok(probe.fields.has('httpGet') && !probe.fields.has('handler'))
    assert.deepEqual(probe.message.get(1), {
      flattened: definition('io.k8s.api.core.v1.ProbeHandler'),
    })
  })
})
