/**
 * What a Tiphys server tells beyond what every Kubernetes server does: why something was written, and what was there when.
 * Where the server is another one, or the user may not ask, everything here is `undefined`, and the callers infer.
 */

import type { Readable } from 'node:stream'
import type { Lineage } from '../../api/lineage.ts'
import { errorOf } from '../../controllers/framework/http-cluster.ts'
import type { Transport } from '../../controllers/framework/http-transport.ts'
import { ApiError, isNotFound } from '../../controllers/framework/index.ts'

/** Which object, as the server calls it. */
export interface Subject {
  /** Plural. */
  resource: string
  /** Empty for the core group. */
  group: string
  /** Empty for objects without a namespace. */
  namespace: string
  name: string
}

/** Where history begins; `at` is empty or absent where nobody knows. */
export interface Edge {
  revision: number
  at?: string
}

/** Which part of the past; all that is kept without `from` and `until`. */
export interface Stretch {
  namespace: string
  /** `pods`, `deployments.apps`; those that tell of rollouts without it. */
  resources?: readonly string[]
  from?: number
  until?: number
  /** Goes on with what happens. */
  follow?: boolean
  /** Leaves out what was there at `from`, for one who has it. */
  keyframe?: false
}

const root = '/tiphys/v1'

export class Past {
  readonly #transport: Pick<Transport, 'request' | 'open'>
  #edge: Promise<Edge | undefined> | undefined

  constructor(transport: Pick<Transport, 'request' | 'open'>) {
    this.#transport = transport
  }

  /** Where history begins; `undefined` when this server tells nothing of the past. Asked once. */
  edge(): Promise<Edge | undefined> {
    this.#edge ??= this.#get<Edge>(`${root}/edge`).catch((error: unknown) => {
      // Another server does not know the path, or allows it only to administrators; 406: it knows no such answer.
      if (error instanceof ApiError && [401, 403, 404, 405, 406].includes(error.code))
        return undefined
      // No answer is none for the next one who asks.
      this.#edge = undefined
      throw error
    })
    return this.#edge
  }

  /**
   * Why an object is what it is, or was at a revision; of a part of it with `path`.
   * @returns `undefined` when the server tells nothing of the past, or keeps nothing of that object
   */
  async why(
    subject: Subject,
    options: { revision?: number; path?: string } = {},
  ): Promise<Lineage | undefined> {
    if (!(await this.edge())) return undefined
    try {
      return await this.#get<Lineage>(`${root}/why${queryOf({ ...subject, ...options })}`)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** A recording as lines of JSON; `undefined` when the server makes none. */
  async recording(stretch: Stretch, signal?: AbortSignal): Promise<Readable | undefined> {
    if (!(await this.edge())) return undefined
    const { resources, ...rest } = stretch
    const path = `${root}/recording${queryOf({ ...rest, resources: resources?.join(',') })}`
    const { status, stream } = await this.#transport.open({
      method: 'GET',
      path,
      headers: { accept: 'application/jsonl, application/json' },
      ...(signal ? { signal } : {}),
    })
    if (status === 200) return stream
    const chunks: Buffer[] = []
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
    throw errorOf(status, Buffer.concat(chunks).toString())
  }

  /**
   * What a container wrote, also of a pod that is gone: lines of a time (RFC 3339, nanoseconds), a space and the text.
   * Rejects with `ApiError` where nothing is kept, and on other servers.
   */
  async log(container: { namespace: string; pod: string; uid: string; container: string }) {
    const headers = { accept: 'text/plain, */*' }
    const path = `${root}/log${queryOf(container)}`
    const { status, body } = await this.#transport.request({ method: 'GET', path, headers })
    if (status !== 200) throw errorOf(status, body)
    return body
  }

  async #get<T>(path: string): Promise<T> {
    const { status, body } = await this.#transport.request({ method: 'GET', path })
    if (status !== 200) throw errorOf(status, body)
    return JSON.parse(body) as T
  }
}

/** What is empty or absent is left out. */
function queryOf(options: object): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(options))
    if (value !== undefined && value !== '') parameters.set(key, String(value))
  return `?${parameters}`
}
