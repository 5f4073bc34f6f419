/** The cluster that kubectl means, for as long as one command takes. Works with any Kubernetes. */

import { errorOf } from '../../controllers/framework/http-cluster.ts'
import { httpTransport, type Transport } from '../../controllers/framework/http-transport.ts'
import {
  ApiError,
  ConnectionError,
  type HttpCluster,
  httpCluster,
  KubeconfigError,
} from '../../controllers/framework/index.ts'
import { Past } from '../../history/past.ts'
import { CommandError, type Context } from '../context.ts'
import { configFor, type PlaceFlags } from './place.ts'

export interface Session {
  cluster: HttpCluster
  namespace: string
  /** What the server tells of the past, where it does. */
  past: Past
  /** Any document of the server, as `discoverOver` asks for it. */
  fetch(path: string, accept: string): Promise<unknown>
}

/** What programs of this name write is marked with it. */
export const manager = 'tiphys-rollout'

/** Opens the cluster, does the work and closes it; refusals become sentences. */
export async function withSession<T>(
  context: Context,
  flags: PlaceFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { clock } = context
  let cluster: HttpCluster | undefined
  let transport: Transport | undefined
  try {
    const config = await configFor(context, flags)
    cluster = httpCluster(config, { clock, userAgent: manager })
    transport = httpTransport({ config, clock, userAgent: manager })
    const namespace = flags.namespace ?? config.namespace ?? 'default'
    return await work({
      cluster,
      namespace,
      past: new Past(transport),
      fetch: fetchOver(transport),
    })
  } catch (error) {
    throw inWords(error)
  } finally {
    cluster?.close()
    transport?.close()
  }
}

const fetchOver =
  (transport: Transport): Session['fetch'] =>
  async (path, accept) => {
    const { status, body } = await transport.request({ method: 'GET', path, headers: { accept } })
    if (status !== 200) throw errorOf(status, body)
    return JSON.parse(body)
  }

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
