/** An API server for tests: the real one, in this process, its store in memory; over HTTPS where a test asks for it. */

import { createAuthority } from '../../apiserver/auth/certificates.ts'
import { createApiServer } from '../../apiserver/server.ts'
import { openSqlite } from '../../apiserver/storage/sqlite.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Random, systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type Cluster, type HttpCluster, httpCluster } from '../framework/index.ts'

export interface TestServer {
  cluster: Cluster
  clock: Clock
  random: Random
  /** A client over HTTPS, which the server trusts. */
  overHttps(): Promise<HttpCluster>
  close(): Promise<void>
}

export interface TestServerOptions {
  clock?: Clock
  random?: Random
  /** Changes of each kind that the server remembers (10,000). */
  history?: number
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock = systemClock, random = systemRandom, history } = options
  const storage = await openSqlite({ file: ':memory:' })
  const report = (error: unknown) => console.error('the API server reports:', error)
  const server = await createApiServer({
    storage,
    clock,
    random,
    report,
    ...(history === undefined ? {} : { hub: { limits: { events: history } } }),
  })
  const clients: HttpCluster[] = []
  return {
    cluster: server.cluster(),
    clock,
    random,
    async overHttps() {
      const client = await secure(server, clock)
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) client.close()
      await server.close(0)
      await storage.close()
    },
  }
}

async function secure(
  server: Awaited<ReturnType<typeof createApiServer>>,
  clock: Clock,
): Promise<HttpCluster> {
  const authority = await createAuthority()
  const serving = await authority.issue({
    commonName: 'apiserver',
    ipAddresses: ['127.0.0.1'],
    server: true,
  })
  const client = await authority.issue({
    commonName: 'tester',
    organizations: ['system:masters'],
    client: true,
  })
  const { url } = await server.listen({
    tls: {
      certificate: serving.certificate,
      key: serving.key,
      clientAuthority: authority.certificate,
    },
  })
  return httpCluster(
    { server: url, ca: authority.certificate, certificate: client.certificate, key: client.key },
    { clock, userAgent: 'tests' },
  )
}
