/**
 * The cluster that is looked at, as far as neither the framework's `Cluster` nor the `Past` of Tiphys reach: which server
 * it is, and logs with their times. It writes nothing.
 */

import { errorOf } from '../../controllers/framework/http-cluster.ts'
import type { Transport } from '../../controllers/framework/http-transport.ts'
import { LineCutter } from '../../controllers/framework/json-lines.ts'
import { type LogLine, LogTail, linesShown } from './views/log.ts'

/** Bytes of a log that are asked for. */
const logBytes = 1_048_576

export interface PodContainer {
  namespace: string
  pod: string
  uid: string
  container: string
}

export class Gateway {
  readonly #transport: Pick<Transport, 'request' | 'open'>

  constructor(transport: Pick<Transport, 'request' | 'open'>) {
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
    { previous = false, lines = linesShown }: { previous?: boolean; lines?: number } = {},
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

  /**
   * The last lines of all runs of a container of a pod that may be gone, with their times; of Tiphys alone.
   * @param until milliseconds since the epoch: later lines are not read
   */
  async keptLog(
    { namespace, pod, uid, container }: PodContainer,
    until = Number.POSITIVE_INFINITY,
  ): Promise<LogLine[]> {
    const query = new URLSearchParams({ namespace, pod, uid, container })
    const path = `/tiphys/v1/log?${query}`
    const headers = { accept: '*/*' }
    const { status, stream } = await this.#transport.open({ method: 'GET', path, headers })
    if (status !== 200) throw errorOf(status, Buffer.concat(await stream.toArray()).toString())
    const tail = new LogTail(until)
    const cutter = new LineCutter((line) => tail.add(line))
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        cutter.push(chunk)
        if (tail.over) break
      }
    } finally {
      stream.destroy()
    }
    return tail.lines
  }

  async #text(path: string): Promise<string> {
    const headers = { accept: '*/*' }
    const { status, body } = await this.#transport.request({ method: 'GET', path, headers })
    if (status !== 200) throw errorOf(status, body)
    return body
  }
}
