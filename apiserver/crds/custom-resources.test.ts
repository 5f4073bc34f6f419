import assert from 'node:assert/strict'
import { resources } from '../resources/index.ts'
import { startWireServer, type WireServer } from '../wire/wire.ts'
import { definition, established, namespace, widget } from './examples.ts'

describe('custom resources', () => {
  let wire: WireServer
  const widgets = `/apis/example.com/v1/namespaces/${namespace}/widgets`
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

  before(async () => {
    wire = await startWireServer({ resources })
  })

  after(() => wire.close())

  it('are served as soon as their definition is established', async () => {
    assert.equal((await wire.ask('GET', widgets)).code, 404)
    const created = await wire.ask('POST', definitions, { body: definition() })
    assert.equal(created.code, 201, created.text)
    const { status } = await established(wire, 'widgets.example.com')
    assert.deepEqual(
      status.conditions.map(({ type, status, reason }: Record<string, string>) => [type, status, reason]),
      [
        ['NamesAccepted', 'True', 'NoConflicts'],
        ['Established', 'True', 'InitialNamesAccepted'],
      ],
    )
    assert.deepEqual(status.storedVersions, ['v1'])
    const { code, json } = await wire.ask('POST', widgets, { body: widget('a') })
    assert.equal(code, 201)
    assert.equal(json.metadata.generation, 1)
    assert.equal(json.spec.color, 'red')
  })
})
