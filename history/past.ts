/**
 * What a Tiphys server tells beyond what every Kubernetes server does: why something was written, and what was there when.
 * Where the server is another one, or the user may not ask, everything here is `undefined`, and the callers infer.
 */

import type { Readable } from 'node:stream'
import type { Lineage } from '../api/lineage.ts'
import { errorOf } from '../controllers/framework/http-cluster.ts'
import type { Transport } from '../controllers/framework/http-transport.ts'
import { ApiError, isNotFound } from '../controllers/framework/index.ts'
import { LineCutter } from '../controllers/framework/json-lines.ts'

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

export interface PodContainer {
  namespace: string
  pod: string
  uid: string
  container: string
}

/** Which part of a log. */
export interface LogStretch {
  /** RFC 3339; from the beginning of what is kept without it. */
  since?: string
  /** Milliseconds since the epoch. */
  until: number
  /** So many from the end. */
  lines: number
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
    throw await refusal(status, stream)
  }

  /**
   * The last lines of what a container wrote up to a time, also of a pod that is gone. Rejects with `ApiError` where
   * nothing is kept, and on other servers.
   */
  async log(container: PodContainer, { since, until, lines }: LogStretch): Promise<string[]> {
    const query = queryOf({ ...container, sinceTime: since })
    const headers = { accept: 'text/plain, */*' }
    const path = `${root}/log${query}`
    const { status, stream } = await this.#transport.open({ method: 'GET', path, headers })
    if (status !== 200) throw await refusal(status, stream)
    const tail: string[] = []
    let over = false
    const cutter = new LineCutter((line) => {
      const space = line.indexOf(' ')
      over ||= Date.parse(line.slice(0, space)) > until
      if (over || space < 0) return
      tail.push(line.slice(space + 1))
      if (tail.length > lines) tail.shift()
    })
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      cutter.push(chunk)
      // What comes later is not wanted; leaving the loop ends the stream.
      if (over) break
    }
    return tail
  }

  async #get<T>(path: string): Promise<T> {
    const { status, body } = await this.#transport.request({ method: 'GET', path })
    if (status !== 200) throw errorOf(status, body)
    return JSON.parse(body) as T
  }
}

async function refusal(status: number, stream: Readable): Promise<ApiError> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return errorOf(status, Buffer.concat(chunks).toString())
}

/** What is empty or absent is left out. */
function queryOf(options: object): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(options))
    if (value !== undefined && value !== '') parameters.set(key, String(value))
  return `?${parameters}`
}
