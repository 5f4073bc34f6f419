/** An API server for tests: the real one, in this process, its store in memory; over HTTPS where a test asks for it. */

import { createAuthority } from '../../apiserver/auth/certificates.ts'
import { type ApiServer, createApiServer } from '../../apiserver/server.ts'
import { openSqlite } from '../../apiserver/storage/sqlite.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Random, systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import {
  type Cluster,
  type ClusterConfig,
  type HttpCluster,
  httpCluster,
  type Impersonation,
} from '../framework/index.ts'

export interface TestServer {
  cluster: Cluster
  clock: Clock
  random: Random
  /** A client over HTTPS, of an administrator or of whom that one acts as. */
  overHttps(impersonate?: Impersonation): Promise<HttpCluster>
  /** The same as the text of a kubeconfig. */
  kubeconfig(): Promise<string>
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
  let listening: Promise<ClusterConfig> | undefined
  const config = () => {
    listening ??= listen(server)
    return listening
  }
  return {
    cluster: server.cluster(),
    clock,
    random,
    async overHttps(impersonate) {
      const client = httpCluster(await config(), {
        clock,
        userAgent: 'tests',
        ...(impersonate ? { impersonate } : {}),
      })
      clients.push(client)
      return client
    },
    kubeconfig: async () => kubeconfigOf(await config()),
    async close() {
      for (const client of clients) client.close()
      await server.close(0)
      await storage.close()
    },
  }
}

async function listen(server: ApiServer): Promise<ClusterConfig> {
  const authority = await createAuthority()
  const serving = await authority.issue({
    commonName: 'apiserver',
    ipAddresses: ['127.0.0.1'],
    server: true,
  })
  const { certificate, key } = await authority.issue({
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
  return { server: url, ca: authority.certificate, certificate, key }
}

/** JSON is YAML. */
function kubeconfigOf({ server, ca = '', certificate = '', key = '' }: ClusterConfig): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: 'test',
        user: {
          'client-certificate-data': base64(certificate),
          'client-key-data': base64(key),
        },
      },
    ],
  })
}
