/** The rollout page's server. Until somebody looks it serves files, and takes no more memory than that. */

import { type ClusterConfig, KubeconfigError } from '../../controllers/framework/cluster-config.ts'
import type { Assets } from './assets.ts'
import type { Back, BackOptions } from './back.ts'
import { startHttpServer } from './http-server.ts'
import { Refusal } from './refusal.ts'

export interface DashboardOptions extends Omit<BackOptions, 'of'> {
  /** What is looked at; where a cluster is may be found out when it is first looked at. */
  of: { config: ClusterConfig | (() => Promise<ClusterConfig>); context: string } | { file: string }
  /** 0: any that is free. */
  port: number
  token: string
  assets: Assets
}

export interface Dashboard {
  readonly port: number
  /** Ends all streams. */
  close(): Promise<void>
}

/** Resolves when it listens; the cluster need not answer yet. */
export async function startDashboard({ of, ...options }: DashboardOptions): Promise<Dashboard> {
  let back: Promise<Back> | undefined
  const open = async (): Promise<Back> => {
    const { openBack } = await import('./back.ts')
    return openBack({ ...options, of: 'file' in of ? of : { ...of, config: configOf(of.config) } })
  }
  const api = () => {
    back ??= open().catch((error: unknown) => {
      // The next one who asks tries again.
      back = undefined
      if (error instanceof KubeconfigError)
        throw new Refusal(503, error.message, 'say where the cluster is: --kubeconfig')
      if (!('file' in of)) throw error
      throw new Refusal(422, (error as Error).message, 'open another recording')
    })
    return back
  }
  const server = await startHttpServer({ ...options, api })
  return {
    port: server.port,
    async close() {
      await server.close()
      ;(await back)?.close()
    },
  }
}

const configOf = (
  config: ClusterConfig | (() => Promise<ClusterConfig>),
): (() => Promise<ClusterConfig>) => (typeof config === 'function' ? config : async () => config)
