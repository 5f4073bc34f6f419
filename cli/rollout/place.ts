/** Which cluster a command means: the one that kubectl means, unless flags say another. Loads little: completion asks it, too. */

import type { ClusterConfig } from '../../controllers/framework/cluster-config.ts'
import { findCluster } from '../../controllers/framework/find-cluster.ts'
import type { Context } from '../context.ts'
import { callerOf } from '../host.ts'
import { kubeconfigPath } from '../settings.ts'

/** As in kubectl. */
export interface PlaceFlags {
  namespace?: string
  kubeconfig?: string
  context?: string
}

type Asker = Pick<Context, 'clock' | 'env' | 'uid'>

/** @throws KubeconfigError */
export const configFor = (asker: Asker, flags: PlaceFlags): Promise<ClusterConfig> =>
  findCluster({
    clock: asker.clock,
    env: asker.env,
    kubeconfig: flags.kubeconfig ?? ownKubeconfig(asker),
    context: flags.context,
  })

/** Of the one who called sudo; where a pod or `KUBECONFIG` says more, that is asked. */
const ownKubeconfig = (asker: Asker): string | undefined =>
  asker.env.KUBECONFIG || asker.env.KUBERNETES_SERVICE_HOST
    ? undefined
    : kubeconfigPath(asker, callerOf(asker).home)

/** The files that say which clusters there are. */
export function kubeconfigsOf(asker: Asker, { kubeconfig }: PlaceFlags): string[] {
  if (kubeconfig) return [kubeconfig]
  const listed = (asker.env.KUBECONFIG ?? '').split(':').filter(Boolean)
  return listed.length > 0 ? listed : [kubeconfigPath(asker, callerOf(asker).home)]
}
