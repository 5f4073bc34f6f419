import assert from 'node:assert/strict'
import { configMaps } from '../../resources/core/config-map.ts'
import type { Resource } from '../../resources/resource.ts'
import { customSchema } from '../../schema/structural/index.ts'
import { typeWarnings } from './type-checking.ts'

const kind = { group: 'example.com', version: 'v1', kind: 'Widget' }
const properties = {
  size: { type: 'integer' },
  'the-name': { type: 'string' },
  port: { 'x-kubernetes-int-or-string': true },
  open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  parts: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } },
  tags: { type: 'object', additionalProperties: { type: 'string' } },
}
const widgets: Resource = {
  ...configMaps,
  ...kind,
  plural: 'widgets',
  schema: undefined,
  custom: customSchema(kind, {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties } },
      },
    } as never,
  }),
}

describe('type checking of policies about custom resources', () => {
  const rule = { apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['widgets'] }
  const problem = (expression: string, spec: object = {}) => {
    const validations = [{ expression }]
    const whole = { matchConstraints: { resourceRules: [rule] }, validations, ...spec }
    const [warning] = typeWarnings(whole as never, [configMaps, widgets])
    return warning?.warning.split('\n')[0]?.replace(/^.*<input>:/, '')
  }

  it('goes by the schema that they bring', () => {
    assert.equal(problem('object.spec.sizes > 1'), "1:12: undefined field 'sizes'")
    assert.match(problem("object.spec.size > 'x'") ?? '', /applied to '\(int, string\)'$/)
    assert.equal(problem("object.spec.parts.all(p, p.idd != '')"), "1:27: undefined field 'idd'")
    assert.match(problem("object.spec.tags['x'] > 1") ?? '', /applied to '\(string, int\)'$/)
    assert.equal(problem("object.metadata.nam == 'x'"), "1:16: undefined field 'nam'")
  })

  it('has nothing against what is right, or left open', () => {
    for (const expression of [
      "object.spec.size > 1 && object.spec.the__dash__name == 'x'",
      "object.spec.port == 80 || object.spec.port == 'http'",
      "object.spec.open.anything.at.all == 'x'",
      "object.metadata.labels['a'] == 'b' && object.kind == 'Widget'",
    ])
      assert.equal(problem(expression), undefined, expression)
  })

  it('knows them as parameters', () => {
    const paramKind = { apiVersion: 'example.com/v1', kind: 'Widget' }
    assert.equal(problem('params.spec.sizes > 1', { paramKind }), "1:12: undefined field 'sizes'")
  })
})
