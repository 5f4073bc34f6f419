/** The cluster that kubectl means, for as long as one command takes. Works with any Kubernetes. */

import {
  ApiError,
  ConnectionError,
  findCluster,
  type HttpCluster,
  httpCluster,
  KubeconfigError,
} from '../../controllers/framework/index.ts'
import { CommandError, type Context } from '../context.ts'
import { callerOf } from '../host.ts'
import { kubeconfigPath } from '../settings.ts'

/** As in kubectl. */
export interface PlaceFlags {
  namespace?: string
  kubeconfig?: string
  context?: string
}

export interface Session {
  cluster: HttpCluster
  namespace: string
}

/** What programs of this name write is marked with it. */
export const manager = 'tiphys-rollout'

/** Opens the cluster, does the work and closes it; refusals become sentences. */
export async function withSession<T>(
  context: Context,
  flags: PlaceFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { clock, env } = context
  let cluster: HttpCluster | undefined
  try {
    const config = await findCluster({
      clock,
      env,
      kubeconfig: flags.kubeconfig ?? ownKubeconfig(context),
      context: flags.context,
    })
    cluster = httpCluster(config, { clock, userAgent: manager })
    return await work({ cluster, namespace: flags.namespace ?? config.namespace ?? 'default' })
  } catch (error) {
    throw inWords(error)
  } finally {
    cluster?.close()
  }
}

/** Of the one who called sudo; where a pod or `KUBECONFIG` says more, that is asked. */
const ownKubeconfig = (context: Context): string | undefined =>
  context.env.KUBECONFIG || context.env.KUBERNETES_SERVICE_HOST
    ? undefined
    : kubeconfigPath(context, callerOf(context).home)

function inWords(error: unknown): unknown {
  if (error instanceof KubeconfigError)
    return new CommandError(error.message, ['npm start, or --kubeconfig FILE'])
  if (error instanceof ApiError) return new CommandError(error.message)
  if (error instanceof ConnectionError)
    return new CommandError(`the API server does not answer: ${error.message}`, [
      'see whether it runs: tiphys status, or kubectl version',
    ])
  return error
}
