/**
 * A cluster over HTTP: addresses, bodies and answers of the Kubernetes API. Leases travel on a connection of their
 * own, so that a busy process does not lose what it leads.
 */

import type { Readable } from 'node:stream'
import type { KubernetesObject } from '../../api/object.ts'
import { causeHeader, causeText } from '../../api/write-record.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import {
  ApiError,
  type Cluster,
  ConnectionError,
  type DiscoveredKind,
  isNotFound,
  type List,
  type ListOptions,
  type Patch,
  type Ref,
  type RemoveOptions,
  type WatchEvent,
  type WatchOptions,
  type WithMeta,
  type WriteOptions,
} from './cluster.ts'
import type { ClusterConfig, Impersonation } from './cluster-config.ts'
import { discoverOver } from './discovery.ts'
import { httpTransport, type Transport, type TransportRequest } from './http-transport.ts'
import { LineCutter } from './json-lines.ts'
import { apiVersion, type Kind, kindKey } from './kind.ts'
import { Lease, Pod } from './kinds.ts'
import { causeNow } from './origin.ts'
import { Observable } from './streams.ts'

/** Where the API server is, and how patient to be. */
export interface HttpClusterOptions {
  clock: Clock
  /** `tiphys-controllers/0.1.0`: also the default field manager. */
  userAgent: string
  /** Connections for requests (16) and for watches (256). */
  maxSockets?: number
  maxStreams?: number
  /** As whom to act, instead of what the config says. */
  impersonate?: Impersonation
}

/** A cluster behind an API server. */
export interface HttpCluster extends Cluster {
  /** Watches that are open now. */
  readonly watches: number
  /** What a pod's container wrote, as text. Rejects with `ApiError` when there is no such container or no log of it. */
  podLog(pod: Ref, options?: PodLogOptions): Promise<string>
  /** Ends every connection; requests under way reject. */
  close(): void
}

/** Which part of a log. */
export interface PodLogOptions {
  /** Needed where a pod has several. */
  container?: string
  /** Lines from the end; all without it. */
  tailLines?: number
  /** Of the container that ran before this one. */
  previous?: boolean
}

/**
 * Nothing is sent before the first call.
 *
 *     const cluster = httpCluster(await findCluster({ clock, env: process.env }), { clock, userAgent: 'site' })
 *     await cluster.list(Pod, { namespace: 'default' })
 *     cluster.close()
 */
export function httpCluster(config: ClusterConfig, options: HttpClusterOptions): HttpCluster {
  const { impersonate } = options
  return new OverHttp(impersonate ? { ...config, impersonate } : config, options)
}

type AnyKind = Kind<never> | Kind

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

const partial = (what: string) => `application/json;as=${what};g=meta.k8s.io;v=v1,application/json`
/** How often a request that was refused for being one too many is sent again. */
const tooManyRetries = 4

class OverHttp implements HttpCluster {
  readonly #transport: Transport
  readonly #leases: Transport
  readonly #clock: Clock
  readonly #closed = new AbortController()

  constructor(config: ClusterConfig, options: HttpClusterOptions) {
    this.#clock = options.clock
    this.#transport = httpTransport({ config, ...options })
    this.#leases = httpTransport({
      config,
      ...options,
      maxSockets: 2,
      maxStreams: 8,
      connectTimeout: 5_000,
      firstByteTimeout: 5_000,
    })
  }

  get watches(): number {
    return this.#transport.streams + this.#leases.streams
  }

  close(): void {
    this.#closed.abort(new ConnectionError('this client was closed'))
    this.#transport.close()
    this.#leases.close()
  }

  async get<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined> {
    try {
      return await this.#send<T>(kind, { method: 'GET', path: pathOf(kind, ref) })
    } catch (error) {
      // Without a name it is not the object that is missing but the kind.
      if (isNotFound(error) && (error as ApiError).details?.name !== undefined) return undefined
      throw error
    }
  }

  async list<T extends WithMeta>(kind: Kind<T>, options: ListOptions = {}): Promise<List<T>> {
    const { namespace, metadataOnly, ...selection } = options
    const path = pathOf(kind, namespace === undefined ? {} : { namespace }) + query(selection)
    const headers: Record<string, string> = metadataOnly
      ? { accept: partial('PartialObjectMetadataList') }
      : {}
    const list = await this.#send<{
      items: (T & { apiVersion?: string; kind?: string })[] | null
      metadata?: { resourceVersion?: string; continue?: string }
    }>(kind, { method: 'GET', path, headers })
    const items = list.items ?? []
    for (const item of items) named(kind, item)
    const more = list.metadata?.continue
    return {
      items,
      resourceVersion: list.metadata?.resourceVersion ?? '',
      ...(more ? { continue: more } : {}),
    }
  }

  watch<T extends WithMeta>(kind: Kind<T>, options: WatchOptions = {}): Observable<WatchEvent<T>> {
    const { namespace, metadataOnly, opened, ...selection } = options
    const path =
      pathOf(kind, namespace === undefined ? {} : { namespace }) +
      query({ ...selection, watch: true, allowWatchBookmarks: true })
    const headers: Record<string, string> = metadataOnly
      ? { accept: partial('PartialObjectMetadata') }
      : {}
    return new Observable((subscriber) => {
      const abort = new AbortController()
      const receive = async () => {
        const request = { method: 'GET', path, headers, signal: abort.signal } as const
        const { status, stream } = await this.#on(kind).open(request)
        if (status !== 200) {
          const chunks: Buffer[] = []
          await drain(stream, (chunk) => chunks.push(chunk))
          throw errorOf(status, Buffer.concat(chunks).toString())
        }
        opened?.()
        const lines = new LineCutter((line) => {
          if (!subscriber.closed) subscriber.next(eventOf(kind, line))
        })
        await drain(stream, (chunk) => lines.push(chunk))
      }
      receive().then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(watchError(error)),
      )
      return () => abort.abort()
    })
  }

  create<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> {
    const { namespace } = object.metadata
    const path = pathOf(kind, namespace ? { namespace } : {}) + query(writeQuery(options))
    return this.#write(kind, { method: 'POST', path, body: bodyOf(kind, object) })
  }

  update<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> {
    const path = pathOf(kind, object.metadata, options?.subresource) + query(writeQuery(options))
    return this.#write(kind, { method: 'PUT', path, body: bodyOf(kind, object) })
  }

  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    const force = patch.type === 'apply' ? patch.force : undefined
    const path = pathOf(kind, ref, options?.subresource) + query({ ...writeQuery(options), force })
    const headers = { 'content-type': patchTypes[patch.type] }
    const body = JSON.stringify(patch.type === 'json' ? patch.operations : patch.body)
    return this.#write(kind, { method: 'PATCH', path, headers, body })
  }

  async remove<T extends WithMeta>(kind: Kind<T>, ref: Ref, options: RemoveOptions = {}) {
    const { uid, resourceVersion, ...rest } = options
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...rest,
      ...(uid || resourceVersion ? { preconditions: { uid, resourceVersion } } : {}),
    })
    await this.#write(kind, { method: 'DELETE', path: pathOf(kind, ref), body })
  }

  createSubresource<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    subresource: string,
    body: object,
  ): Promise<KubernetesObject> {
    const path = pathOf(kind, ref, subresource)
    return this.#write(kind, { method: 'POST', path, body: JSON.stringify(body) })
  }

  async podLog(pod: Ref, options: PodLogOptions = {}): Promise<string> {
    const path = pathOf(Pod, pod, 'log') + query(options)
    const headers = { accept: '*/*' }
    const { status, body } = await this.#transport.request({ method: 'GET', path, headers })
    if (status !== 200) throw errorOf(status, body)
    return body
  }

  discover(): Promise<DiscoveredKind[]> {
    return discoverOver((path, accept) =>
      this.#answer(this.#transport, { method: 'GET', path, headers: { accept } }),
    )
  }

  #on(kind: AnyKind): Transport {
    return kindKey(kind) === kindKey(Lease) ? this.#leases : this.#transport
  }

  async #send<T>(kind: AnyKind, request: TransportRequest): Promise<T> {
    return (await this.#answer(this.#on(kind), request)) as T
  }

  /** Says on account of what; a server that does not know the header ignores it. */
  #write<T>(kind: AnyKind, request: TransportRequest): Promise<T> {
    const cause = causeNow()
    if (!cause) return this.#send(kind, request)
    const headers = { ...request.headers, [causeHeader]: causeText(cause) }
    return this.#send(kind, { ...request, headers })
  }

  async #answer(transport: Transport, request: TransportRequest): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      const { status, headers, body } = await transport.request(request)
      if (status >= 200 && status < 300) return JSON.parse(body)
      const seconds = Number(headers['retry-after'])
      if (status !== 429 || tries >= tooManyRetries || !(seconds >= 0)) throw errorOf(status, body)
      await sleep(this.#clock, Math.min(seconds, 30) * 1_000, this.#closed.signal)
    }
  }
}

interface StatusBody {
  kind?: string
  code?: number
  reason?: string
  message?: string
  details?: ApiError['details']
}

/** The name of a refusal that came without a `Status`. */
const reasons = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
])

export function errorOf(status: number, body: string): ApiError {
  let parsed: StatusBody = {}
  try {
    parsed = JSON.parse(body) as StatusBody
  } catch {
    // Not a Status but, say, a proxy's page: its beginning tells most.
    parsed = { message: `the server answered ${status}, ${body.slice(0, 200).trim()}` }
  }
  return statusError({ ...parsed, code: parsed.code ?? status })
}

const statusError = ({ code = 500, reason, message, details }: StatusBody): ApiError =>
  new ApiError(
    code,
    reason || (reasons.get(code) ?? 'Unknown'),
    message ?? `the server answered ${code}`,
    details,
  )

const watchError = (error: unknown): unknown =>
  error instanceof ApiError || error instanceof ConnectionError
    ? error
    : new ConnectionError(`the watch broke off: ${(error as Error).message}`, { cause: error })

function eventOf<T extends WithMeta>(kind: Kind<T>, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: T & StatusBody }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: named(kind, event.object) }
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' }
    case 'ERROR':
      throw statusError(event.object)
    default:
      throw new ConnectionError(`the watch sent an event of unknown type "${event.type}"`)
  }
}

/** Items of lists bear no kind, partial ones another's. Changes `object`, which was just received. */
function named<T extends WithMeta>(kind: Kind<T>, object: T): T {
  const typed = object as T & { apiVersion?: string; kind?: string }
  typed.apiVersion = apiVersion(kind)
  typed.kind = kind.kind
  return typed
}

/** Whoever writes to a kind need not say again which it is; subresources may be of another. */
const bodyOf = <T extends WithMeta & { apiVersion?: string; kind?: string }>(
  kind: Kind<T>,
  object: T,
): string =>
  JSON.stringify({
    ...object,
    apiVersion: object.apiVersion ?? apiVersion(kind),
    kind: object.kind ?? kind.kind,
  })

/** Without an iterator's detour over promises: an event reaches its reader in the turn in which it came. */
function drain(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        reject(error)
        stream.destroy()
      }
    })
    stream.once('end', resolve)
    stream.once('error', reject)
    stream.once('close', () => reject(new ConnectionError('the stream was closed')))
  })
}

export function pathOf(
  kind: AnyKind,
  { namespace, name }: { namespace?: string; name?: string },
  subresource?: string,
): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const within = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${within}/${kind.plural}${object}${subresource ? `/${subresource}` : ''}`
}

function query(options: object): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(options))
    if (value !== undefined) parameters.set(key, String(value))
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

const writeQuery = (options: WriteOptions = {}) => ({
  fieldManager: options.fieldManager,
  ...(options.dryRun ? { dryRun: 'All' } : {}),
})
