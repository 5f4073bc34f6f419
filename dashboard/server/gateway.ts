/**
 * The cluster that is looked at, as far as neither the framework's `Cluster` nor the `Past` of Tiphys reach: which server
 * it is, and logs with their times. It writes nothing.
 */

import { errorOf } from '../../controllers/framework/http-cluster.ts'
import type { Transport } from '../../controllers/framework/http-transport.ts'

/** Bytes of a log that are asked for, and lines. */
const logBytes = 1_048_576
const logLines = 2_000

export interface PodContainer {
  namespace: string
  pod: string
  uid: string
  container: string
}

export class Gateway {
  readonly #transport: Pick<Transport, 'request'>

  constructor(transport: Pick<Transport, 'request'>) {
    this.#transport = transport
  }

  /** What `/version` says: `v1.36.0`. */
  async version(): Promise<string> {
    const { gitVersion } = JSON.parse(await this.#text('/version')) as { gitVersion?: string }
    return gitVersion ?? 'unknown'
  }

  /** The end of what a container of a living pod wrote, each line with its time. */
  liveLog(
    { namespace, pod, container }: Omit<PodContainer, 'uid'>,
    { previous = false, lines = logLines }: { previous?: boolean; lines?: number } = {},
  ): Promise<string> {
    const query = new URLSearchParams({
      container,
      timestamps: 'true',
      tailLines: String(lines),
      limitBytes: String(logBytes),
      ...(previous && { previous: 'true' }),
    })
    const place = `${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`
    return this.#text(`/api/v1/namespaces/${place}/log?${query}`)
  }

  /** Of a pod that may be gone; of Tiphys alone. */
  keptLog({ namespace, pod, uid, container }: PodContainer): Promise<string> {
    const query = new URLSearchParams({ namespace, pod, uid, container })
    return this.#text(`/tiphys/v1/log?${query}`)
  }

  async #text(path: string): Promise<string> {
    const headers = { accept: '*/*' }
    const { status, body } = await this.#transport.request({ method: 'GET', path, headers })
    if (status !== 200) throw errorOf(status, body)
    return body
  }
}
