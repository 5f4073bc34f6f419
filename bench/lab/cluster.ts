/** A whole cluster, started by the command that people use, and a client's way into it. */

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { type ClusterOptions, startCluster, type TestCluster } from '../../test/e2e/cluster.ts'
import type { Address } from './connection.ts'
import type { Lab } from './lab.ts'

interface Kubeconfig {
  clusters: { cluster: Record<string, string> }[]
  users: { user: Record<string, string> }[]
}

const decoded = (text = '') => Buffer.from(text, 'base64').toString()

/** As its administrator. */
export function addressOf({ kubeconfig, apiPort }: TestCluster): Address {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const user = users[0]?.user ?? {}
  return {
    port: apiPort,
    ca: decoded(clusters[0]?.cluster['certificate-authority-data']),
    certificate: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
}

/** Ready; leaves with the lab, without a trace. */
export async function cluster(lab: Lab, options: ClusterOptions): Promise<TestCluster> {
  const started = await startCluster(options)
  lab.use({ stop: () => started.reset() })
  return started
}
