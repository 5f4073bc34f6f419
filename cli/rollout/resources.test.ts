import assert from 'node:assert/strict'
import { type Resource, resourceFor, resourcesOf } from './resources.ts'
import type { Session } from './session.ts'

const document = (path: string) => ({
  kind: 'APIGroupDiscoveryList',
  items:
    path === '/api'
      ? [group('', 'v1', ['services', 'Service', 'service', ['svc']])]
      : [
          group('apps', 'v1', ['deployments', 'Deployment', 'deployment', ['deploy']]),
          group('demo.example.com', 'v2', ['websites', 'Website', 'website', []]),
          group('other.example.com', 'v1', ['websites', 'Website', 'website', []]),
        ],
})
const group = (
  name: string,
  version: string,
  [resource, kind, singularResource, shortNames]: [string, string, string, string[]],
) => ({
  metadata: { name },
  versions: [
    {
      version,
      resources: [
        { resource, responseKind: { kind }, singularResource, shortNames, scope: 'Namespaced' },
      ],
    },
    { version: 'v1beta1', resources: [] },
  ],
})

describe('the resource that a word means', () => {
  let resources: Resource[]
  before(async () => {
    const session = { fetch: async (path: string) => document(path) }
    resources = await resourcesOf(session as unknown as Session)
  })

  it('is found by plural, singular, kind and short name, with and without group', () => {
    for (const word of ['svc', 'service', 'services', 'Service', 'services.v1'])
      assert.equal(resourceFor(word, resources).plural, 'services', word)
    for (const word of ['deploy', 'deployments.apps', 'deployment.v1.apps', 'Deployment'])
      assert.equal(resourceFor(word, resources).group, 'apps', word)
  })

  it('is the first of several unless its group is said', () => {
    assert.equal(resourceFor('websites', resources).group, 'demo.example.com')
    const other = resourceFor('website.other.example.com', resources)
    assert.equal(other.group, 'other.example.com')
    assert.equal(resourceFor('websites.demo.example.com', resources).version, 'v2')
  })

  it('is refused in words when there is none', () => {
    assert.throws(() => resourceFor('webs', resources), /knows no resource "webs"/)
    assert.throws(() => resourceFor('services.apps', resources), /knows no resource/)
  })
})
