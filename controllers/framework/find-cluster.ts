/** Which cluster a program means. The environment is handed in, by a `main.ts` alone. */

import type { Clock } from '../../ports/clock.ts'
import { type ClusterConfig, type Environment, KubeconfigError } from './cluster-config.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import { inClusterConfig } from './service-account.ts'

/**
 * Finds the cluster as a controller is expected to: the kubeconfig it was given, else `KUBECONFIG`, else the pod it
 * runs in, else `~/.kube/config`.
 *
 *     await findCluster({ clock, env: process.env, kubeconfig: flags.kubeconfig })
 *
 * @throws KubeconfigError
 */
export async function findCluster(options: {
  clock: Clock
  env: Environment
  kubeconfig?: string | undefined
  context?: string | undefined
}): Promise<ClusterConfig> {
  const { clock, env, kubeconfig, context } = options
  const load = (paths: string | string[]) =>
    loadKubeconfig(paths, { clock, env, ...(context === undefined ? {} : { context }) })
  if (kubeconfig) return load(kubeconfig)
  if (env.KUBECONFIG) return load(env.KUBECONFIG.split(':').filter(Boolean))
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443', HOME } = env
  if (host) return inClusterConfig({ clock, host, port })
  if (HOME) return load(`${HOME}/.kube/config`)
  throw new KubeconfigError(
    'no API server: give --kubeconfig, set KUBECONFIG, or run in a pod of the cluster',
  )
}
