import assert from 'node:assert/strict'
import { resources } from '../resources/index.ts'
import { OpenApi } from './openapi.ts'

interface Patch {
  'x-kubernetes-action': string
  'x-kubernetes-group-version-kind': object
  parameters: { name: string }[]
}
interface Document {
  paths: Record<string, Record<string, unknown> & { patch?: Patch }>
  components: { schemas: Record<string, object> }
  definitions: Record<string, object>
}

const openApi = new OpenApi(
  { all: resources },
  {
    descriptions: new Map([['io.k8s.api.core.v1.PodSpec', new Map([['affinity', 'Where to.']])]]),
  },
)
const index = JSON.parse(openApi.index().toString()) as {
  paths: Record<string, { serverRelativeURL: string }>
}
const read = (path: string) => JSON.parse(openApi.document(path)!.bytes.toString()) as Document
const references = (document: object) =>
  [
    ...JSON.stringify(document).matchAll(
      /"\$ref":"#\/(?:components\/schemas|definitions)\/([^"]+)"/g,
    ),
  ].map(([, name = '']) => name)

describe('OpenAPI', () => {
  it('lists a document for each group and version, by the hash that it has', () => {
    assert.ok(Object.keys(index.paths).includes('apis/apps/v1'))
    for (const [path, { serverRelativeURL }] of Object.entries(index.paths))
      assert.equal(serverRelativeURL, `/openapi/v3/${path}?hash=${openApi.document(path)!.hash}`)
    assert.equal(openApi.document('apis/nothing/v1'), undefined)
  })

  it('has a new hash where something else is served, and only there', () => {
    const hash = (path: string, own: typeof resources) =>
      new OpenApi({ all: own }, { descriptions: new Map() }).document(path)?.hash
    const fewer = resources.filter(({ plural }) => plural !== 'pods')
    assert.equal(hash('api/v1', resources), hash('api/v1', [...resources]))
    assert.notEqual(hash('api/v1', resources), hash('api/v1', fewer))
    assert.equal(hash('apis/apps/v1', resources), hash('apis/apps/v1', fewer))
  })

  it('holds every schema that it refers to', () => {
    for (const path of Object.keys(index.paths)) {
      const document = read(path)
      for (const name of references(document)) assert.ok(document.components.schemas[name], name)
    }
    const v2 = JSON.parse(openApi.v2().bytes.toString()) as Document
    for (const name of references(v2)) assert.ok(v2.definitions[name], name)
  })

  it('names fieldValidation at the patch of every kind, which is how clients find it', () => {
    for (const { group, version, kind, plural, namespaced, verbs } of resources) {
      if (verbs && !verbs.includes('patch')) continue
      const root = group === '' ? `api/${version}` : `apis/${group}/${version}`
      const path = `/${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`
      const { patch } = read(root).paths[path]!
      assert.equal(patch?.['x-kubernetes-action'], 'patch')
      assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group, version, kind })
      assert.deepEqual(patch.parameters.map(({ name }) => name).sort(), [
        'dryRun',
        'fieldManager',
        'fieldValidation',
        'force',
        'pretty',
      ])
    }
  })

  it('wraps a reference where something stands beside it, and says how lists merge', () => {
    const { schemas } = read('api/v1').components as {
      schemas: Record<string, { properties: Record<string, unknown> }>
    }
    const { affinity, containers, nodeSelector, overhead } =
      schemas['io.k8s.api.core.v1.PodSpec']!.properties
    assert.deepEqual(affinity, {
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Affinity' }],
      description: 'Where to.',
    })
    assert.deepEqual(containers, {
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    })
    assert.deepEqual(nodeSelector, {
      type: 'object',
      additionalProperties: { type: 'string' },
      'x-kubernetes-map-type': 'atomic',
    })
    assert.deepEqual(overhead, {
      type: 'object',
      additionalProperties: {
        $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity',
      },
    })
    assert.deepEqual(schemas['io.k8s.apimachinery.pkg.api.resource.Quantity'], {
      oneOf: [{ type: 'string' }, { type: 'number' }],
    })
  })
})
