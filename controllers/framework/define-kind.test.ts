import assert from 'node:assert/strict'
import { startTestServer, type TestServer } from '../testing/test-server.ts'
import {
  CustomResourceDefinition,
  conditions,
  type InputOf,
  int,
  kind,
  manifestOf,
  type ObjectOf,
  object,
  rule,
  string,
} from './index.ts'

const Site = kind({ group: 'demo.example.com', name: 'Site', shortNames: ['st'] }).version('v1', {
  spec: object({
    image: string(),
    replicas: int().min(0).max(100).default(1),
    note: string().optional(),
  }),
  status: object({ ready: int().optional(), conditions: conditions() }),
  rules: [rule('self.spec.replicas <= 10', 'at most ten replicas')],
  columns: { Ready: '.status.ready' },
  scale: { spec: '.spec.replicas', status: '.status.ready' },
})
type Site = ObjectOf<typeof Site>

describe("a kind of one's own", () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
    await server.cluster.create(CustomResourceDefinition, manifestOf(Site))
  })
  after(() => server.close())

  it('is served', async () => {
    const definition = await server.cluster.get(CustomResourceDefinition, {
      name: 'sites.demo.example.com',
    })
    assert.equal(definition?.status?.conditions?.length, 2)
    const input: InputOf<typeof Site> = {
      apiVersion: 'demo.example.com/v1',
      kind: 'Site',
      metadata: { name: 'a', namespace: 'default' },
      spec: { image: 'x' },
    }
    const site = await server.cluster.create(Site, input as Site)
    assert.equal(site.spec.replicas, 1)
  })
})
