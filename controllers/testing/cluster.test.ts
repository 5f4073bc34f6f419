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

describe('cluster in process', () => {
  clusterCases(() => make(async (server) => server.cluster))
})

describe('cluster over HTTPS', () => {
  clusterCases(() => make((server) => server.overHttps()))
})
