import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { clusterCases } from '../framework/cluster.cases.ts'
import { type Cluster, ConfigMap, Namespace } from '../framework/index.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const history = 8

async function make(connect: (server: TestServer) => Promise<Cluster>) {
  // Certificates are issued by the machine's clock.
  const clock = new VirtualClock(Date.now())
  const server = await startTestServer({ clock, history })
  const cluster = await connect(server)
  await cluster.create(Namespace, { metadata: { name: 'cases' } })
  return {
    cluster,
    namespace: 'cases',
    pass: (ms: number) => clock.advance(ms),
    bookmark: () => clock.advance(60_000),
    async compact() {
      for (let change = 0; change <= history; change++)
        await cluster.create(ConfigMap, { metadata: { namespace: 'cases', name: `c${change}` } })
    },
    close: () => server.close(),
  }
}

/** What only a server does. */
function appliedCases(connect: (server: TestServer) => Promise<Cluster>): void {
  it('applies what a manager wants, and tells it of conflicts', async () => {
    const { cluster, namespace, close } = await make(connect)
    try {
      const apply = (manager: string, data: Record<string, string>, force?: boolean) => {
        const metadata = { namespace, name: 'applied' }
        const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
        const patch = { type: 'apply' as const, body, ...(force && { force }) }
        return cluster.patch(ConfigMap, metadata, patch, { fieldManager: manager })
      }
      await apply('me', { a: '1', b: '2' })
      assert.deepEqual((await apply('me', { a: '1' })).data, { a: '1' })
      await assert.rejects(apply('them', { a: '2' }), { code: 409, reason: 'Conflict' })
      assert.deepEqual((await apply('them', { a: '2' }, true)).data, { a: '2' })
    } finally {
      await close()
    }
  })
}

describe('cluster in process', () => {
  clusterCases(() => make(async (server) => server.cluster))
  appliedCases(async (server) => server.cluster)
})

describe('cluster over HTTPS', () => {
  clusterCases(() => make((server) => server.overHttps()))
  appliedCases((server) => server.overHttps())
})
