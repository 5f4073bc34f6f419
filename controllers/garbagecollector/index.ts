/**
 * Deletes what nobody owns any more. It follows the metadata of every kind the server serves, and before it deletes
 * anything it makes sure, live, that the object is the one it knew and that its owners are gone.
 */

import type { Subscription } from 'rxjs'
import type { KubernetesObject, OwnerReference } from '../../api/object.ts'
import { sleep } from '../../ports/clock.ts'
import {
  compareResourceVersions,
  type DiscoveredKind,
  type Informer,
  isNotFound,
  type Key,
  kindKey,
  objectVersion,
  onAccountOf,
  type Runnable,
  type RunnableContext,
  WorkQueue,
  type WriteCause,
} from '../framework/index.ts'
import { AbsentOwners } from './absent-owners.ts'
import { type Decision, decide, type OwnerState } from './decide.ts'
import {
  deletesDependents,
  foregroundFinalizer,
  type Item,
  isReachable,
  OwnerGraph,
  orphanFinalizer,
  orphansDependents,
} from './graph.ts'

export interface GarbageCollectorOptions {
  /** Milliseconds between two looks at which kinds there are (30,000), if nothing says earlier that there may be others. */
  discoveryPeriod?: number
  /** Milliseconds after a definition has changed until the server is asked what it serves now (200). */
  definitionPatience?: number
  /** Milliseconds an unknown owner is given to become known before it is asked for (500). */
  ownerPatience?: number
  /** Objects handled at the same time (16). */
  concurrency?: number
  onError?: (error: unknown, uid: string) => void
}

/** They come and go by themselves, and own nothing. */
const ignored = new Set(['/events', 'events.k8s.io/events'])
/** What says which kinds there are. */
const definitions = new Set([
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
])

const by = 'garbage-collector'

export function garbageCollector(options: GarbageCollectorOptions = {}): Runnable {
  return {
    name: by,
    run: (context) => new Collector(context, options).run(),
  }
}

const keyOf = (uid: string): Key => ({ namespace: '', name: uid })
const groupOf = ({ apiVersion }: OwnerReference): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''

interface Followed {
  informer: Informer<KubernetesObject>
  subscription: Subscription
}

class Collector {
  readonly #context: RunnableContext
  readonly #options: GarbageCollectorOptions
  readonly #graph = new OwnerGraph()
  readonly #queue: WorkQueue
  readonly #followed = new Map<string, Followed>()
  readonly #absent = new AbsentOwners()
  readonly #inFlight = new Set<Promise<void>>()
  #kinds: DiscoveredKind[] = []
  #settled = false
  /** Aborts when a definition has changed since the last look at which kinds there are. */
  #definitionsChanged = new AbortController()

  constructor(context: RunnableContext, options: GarbageCollectorOptions) {
    this.#context = context
    this.#options = options
    this.#queue = new WorkQueue({
      clock: context.clock,
      baseDelay: 50,
      onReady: () => queueMicrotask(() => this.#pump()),
    })
  }

  async run(): Promise<void> {
    const { signal } = this.#context
    try {
      while (!signal.aborted) {
        this.#definitionsChanged = new AbortController()
        await this.#discover()
        await this.#rest()
      }
    } finally {
      for (const { subscription } of this.#followed.values()) subscription.unsubscribe()
      this.#queue.close()
      await Promise.all(this.#inFlight)
    }
  }

  /** Until there may be other kinds. Definitions change a few times in a row before they are served. */
  async #rest(): Promise<void> {
    const { clock, signal } = this.#context
    const { discoveryPeriod = 30_000, definitionPatience = 200 } = this.#options
    const changed = this.#definitionsChanged.signal
    await sleep(clock, discoveryPeriod, AbortSignal.any([signal, changed])).catch(() => {})
    if (changed.aborted) await sleep(clock, definitionPatience, signal).catch(() => {})
  }

  async #discover(): Promise<void> {
    const { cluster, signal } = this.#context
    try {
      const kinds = await cluster.discover()
      this.#kinds = kinds
      const wanted = new Map(
        kinds
          .filter(({ group, plural, verbs }) => {
            const watchable = ['list', 'watch', 'delete'].every((verb) => verbs.includes(verb))
            return watchable && !ignored.has(`${group}/${plural}`)
          })
          .map((kind) => [kindKey(kind), kind]),
      )
      for (const [key, followed] of this.#followed)
        if (!wanted.has(key)) this.#unfollow(key, followed)
      const added = [...wanted.values()].filter((kind) => !this.#followed.has(kindKey(kind)))
      const informers = added.map((kind) => this.#follow(kind))
      await this.#synced(informers)
      if (added.length > 0) this.#lookAtAll()
    } catch (error) {
      if (!signal.aborted) this.#options.onError?.(error, '')
    }
  }

  /** A kind that cannot be listed does not hold up the others: its objects are asked for one by one. */
  async #synced(informers: readonly Informer<KubernetesObject>[]): Promise<void> {
    const { clock, signal } = this.#context
    const enough = new AbortController()
    const either = AbortSignal.any([signal, enough.signal])
    const all = Promise.all(informers.map((informer) => informer.whenSynced(either)))
    await Promise.race([all, sleep(clock, 30_000, either)]).finally(() => enough.abort())
  }

  /** What came before everything was known was not looked at. */
  #lookAtAll(): void {
    this.#settled = true
    for (const uid of this.#graph.doubtful()) this.#queue.add(keyOf(uid), 'low')
  }

  #follow(kind: DiscoveredKind): Informer<KubernetesObject> {
    const informer = this.#context.informers.ofMetadata(kind)
    const defines = definitions.has(`${kind.group}/${kind.plural}`)
    const subscription = informer.changes$.subscribe((change) => {
      if (defines && !(change.type === 'added' && change.initial)) this.#definitionsChanged.abort()
      if (change.type === 'deleted') this.#gone({ kind, object: change.object }, informer)
      else this.#look(this.#graph.upsert({ kind, object: change.object }))
    })
    this.#followed.set(kindKey(kind), { informer, subscription })
    return informer
  }

  #unfollow(key: string, { informer, subscription }: Followed): void {
    const known = informer.reader.list()
    subscription.unsubscribe()
    this.#followed.delete(key)
    for (const { metadata } of known) this.#graph.remove(metadata.uid ?? '')
  }

  /** Where its whole kind is not served any more, nobody knows whether it is gone: no dependent is punished for that. */
  #gone({ kind, object }: Item, { state }: Informer<KubernetesObject>): void {
    const { uid = '' } = object.metadata
    const last = this.#graph.get(uid)?.object.metadata.resourceVersion
    const seen =
      last !== undefined && compareResourceVersions(object.metadata.resourceVersion, last) > 0
    if (state.name !== 'absent')
      this.#absent.add(uid, seen ? objectVersion(kind, object) : undefined)
    this.#look(this.#graph.remove(uid))
  }

  #look(uids: ReadonlySet<string>): void {
    if (!this.#settled) return
    const { ownerPatience = 500 } = this.#options
    for (const uid of uids) {
      const unknown = this.#graph
        .get(uid)
        ?.object.metadata.ownerReferences?.some(
          (owner) => !this.#graph.get(owner.uid) && !this.#absent.has(owner.uid),
        )
      if (unknown) this.#queue.addAfter(keyOf(uid), ownerPatience)
      else this.#queue.add(keyOf(uid))
    }
  }

  #pump(): void {
    const { concurrency = 16 } = this.#options
    while (this.#inFlight.size < concurrency && !this.#context.signal.aborted) {
      const key = this.#queue.take()
      if (!key) break
      const work = this.#handle(key).finally(() => {
        this.#inFlight.delete(work)
        this.#pump()
      })
      this.#inFlight.add(work)
    }
    if (this.#queue.depth === 0 && this.#queue.takeOverflow()) this.#lookAtAll()
  }

  async #handle(key: Key): Promise<void> {
    try {
      const again = await this.#attend(key.name)
      this.#queue.finish(
        key,
        again === undefined ? { type: 'ok' } : { type: 'ok', requeueAfter: again },
      )
    } catch (error) {
      if (!this.#context.signal.aborted) this.#options.onError?.(error, key.name)
      this.#queue.finish(key, { type: 'failed' })
    }
  }

  /** Returns after how many milliseconds to look again, where no event will say so. */
  async #attend(uid: string): Promise<number | undefined> {
    const item = this.#graph.get(uid)
    if (!item) return undefined
    const account = { by, for: objectVersion(item.kind, item.object), because: [] }
    if (orphansDependents(item)) return onAccountOf(account, () => this.#orphan(item))
    if (deletesDependents(item)) return onAccountOf(account, () => this.#foreground(item))
    if (item.object.metadata.deletionTimestamp) return undefined
    return this.#collect(item)
  }

  /** Dependents first; the owner's finalizer goes with the last of those that block it. */
  async #foreground(item: Item): Promise<undefined> {
    const uid = item.object.metadata.uid ?? ''
    const blockers = this.#graph.blockersOf(uid)
    if (blockers.length === 0) await this.#removeFinalizer(item, foregroundFinalizer)
    else
      for (const { object } of this.#graph.dependentsOf(uid))
        if (!object.metadata.deletionTimestamp) this.#queue.add(keyOf(object.metadata.uid ?? ''))
    return undefined
  }

  async #orphan(item: Item): Promise<undefined> {
    const uid = item.object.metadata.uid ?? ''
    await Promise.all(this.#graph.dependentsOf(uid).map((one) => this.#disown(one, [uid])))
    await this.#removeFinalizer(item, orphanFinalizer)
    return undefined
  }

  async #collect(known: Item): Promise<number | undefined> {
    const object = await this.#live(known)
    if (!object) return undefined
    const item = { kind: known.kind, object }
    const uid = object.metadata.uid ?? ''
    const owners = await Promise.all(
      (object.metadata.ownerReferences ?? []).map(async (reference) => ({
        reference,
        state: await this.#stateOf(item, reference),
      })),
    )
    const dependents = this.#graph.dependentsOf(uid)
    const decision = decide(object.metadata, owners, {
      any: dependents.length > 0,
      deleting: dependents.some(deletesDependents),
    })
    await onAccountOf(this.#accountOf(item, owners), () => this.#carryOut(decision, item))
    return owners.some(({ state }) => state === 'unknown-kind')
      ? (this.#options.discoveryPeriod ?? 30_000)
      : undefined
  }

  async #carryOut(decision: Decision, item: Item): Promise<void> {
    switch (decision.do) {
      case 'keep':
        return
      case 'disown':
        return this.#disown(item, decision.uids)
      case 'unblock-and-delete':
        return this.#unblock(item)
      case 'delete':
        return this.#delete(item, decision.policy)
      default:
        return decision satisfies never
    }
  }

  /** The first owner that is gone or going, as it was seen last. */
  #accountOf(
    { object: { metadata } }: Item,
    owners: readonly { reference: OwnerReference; state: OwnerState }[],
  ): WriteCause | undefined {
    const leaving = owners.find(({ state }) => state === 'absent' || state === 'deletes-dependents')
    if (!leaving) return undefined
    const { reference, state } = leaving
    const known = this.#graph.get(reference.uid)
    if (known && state === 'deletes-dependents')
      return { by, for: objectVersion(known.kind, known.object), because: [] }
    const end = this.#absent.versionOf(reference.uid)
    if (end) return { by, for: end, because: [] }
    const kind = this.#kindOf(reference)
    if (!kind) return undefined
    const namespace = kind.namespaced ? metadata.namespace : undefined
    const owner = { metadata: { name: reference.name, ...(namespace ? { namespace } : {}) } }
    return { by, for: objectVersion(kind, owner), because: [] }
  }

  #kindOf(reference: OwnerReference): DiscoveredKind | undefined {
    return this.#kinds.find(
      ({ group, kind }) => group === groupOf(reference) && kind === reference.kind,
    )
  }

  async #stateOf(item: Item, reference: OwnerReference): Promise<OwnerState> {
    const known = this.#graph.get(reference.uid)
    if (known && !isReachable(item, known)) this.#warn(item, reference)
    else if (known) return deletesDependents(known) ? 'deletes-dependents' : 'exists'
    if (this.#absent.has(reference.uid) && !known) return 'absent'
    const kind = this.#kindOf(reference)
    if (!kind) return 'unknown-kind'
    const { namespace } = item.object.metadata
    if (kind.namespaced && !namespace) {
      this.#warn(item, reference)
      return 'unresolvable'
    }
    const owner = await this.#context.cluster.get(kind, {
      name: reference.name,
      ...(kind.namespaced && namespace ? { namespace } : {}),
    })
    if (owner?.metadata.uid !== reference.uid) {
      if (!known) this.#absent.add(reference.uid)
      return 'absent'
    }
    return deletesDependents({ kind, object: owner }) ? 'deletes-dependents' : 'exists'
  }

  /** The object as it is now, if it is still the same. */
  async #live({ kind, object }: Item): Promise<KubernetesObject | undefined> {
    const live = await this.#context.cluster.get(kind, refOf(object))
    return live?.metadata.uid === object.metadata.uid ? live : undefined
  }

  async #delete({ kind, object }: Item, propagationPolicy: 'Background' | 'Foreground' | 'Orphan') {
    const { uid, resourceVersion } = object.metadata
    await this.#unlessGone(
      this.#context.cluster.remove(kind, refOf(object), {
        propagationPolicy,
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
      }),
    )
  }

  async #unblock(item: Item): Promise<void> {
    const { uid, resourceVersion, ownerReferences = [] } = item.object.metadata
    const unblocked = ownerReferences.map((owner) => ({ ...owner, blockOwnerDeletion: false }))
    await this.#patch(item, { uid, resourceVersion, ownerReferences: unblocked })
    const live = await this.#live(item)
    if (live) await this.#delete({ ...item, object: live }, 'Foreground')
  }

  async #disown(item: Item, uids: readonly string[]): Promise<void> {
    const live = await this.#live(item)
    if (!live) return
    const { uid, resourceVersion, ownerReferences = [] } = live.metadata
    const kept = ownerReferences.filter((owner) => !uids.includes(owner.uid))
    if (kept.length === ownerReferences.length) return
    const metadata = { uid, resourceVersion, ownerReferences: kept.length > 0 ? kept : null }
    await this.#patch(item, metadata)
  }

  async #removeFinalizer(item: Item, finalizer: string): Promise<void> {
    const live = await this.#live(item)
    if (!live?.metadata.finalizers?.includes(finalizer)) return
    const { uid, resourceVersion, finalizers } = live.metadata
    await this.#patch(item, {
      uid,
      resourceVersion,
      finalizers: finalizers.filter((known) => known !== finalizer),
    })
  }

  async #patch({ kind, object }: Item, metadata: object): Promise<void> {
    const patch = { type: 'merge', body: { metadata } } as const
    await this.#unlessGone(this.#context.cluster.patch(kind, refOf(object), patch))
  }

  async #unlessGone(write: Promise<unknown>): Promise<void> {
    try {
      await write
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #warn({ object }: Item, reference: OwnerReference): void {
    this.#context.event(object, {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [${reference.apiVersion}/${reference.kind}, name: ${reference.name}, uid: ${reference.uid}] does not exist in namespace "${object.metadata.namespace ?? ''}"`,
    })
  }
}

const refOf = ({ metadata: { namespace, name = '' } }: KubernetesObject) =>
  namespace ? { namespace, name } : { name }
