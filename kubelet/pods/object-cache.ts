/**
 * The ConfigMaps and Secrets that pods of this node refer to, and nothing else: one watch an object, shared by the pods
 * that name it and ended with the last of them, as the node's authorization demands. Services are watched as a whole.
 */

import type { Subscription } from 'rxjs'
import type { ConfigMap, Container, Pod, Secret, Service } from '../../api/types.ts'
import {
  type Cluster,
  ConfigMap as ConfigMapKind,
  type Informer,
  type Informers,
  type Kind,
  Secret as SecretKind,
  Service as ServiceKind,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import type { Objects } from './environment.ts'
import { allContainers, ephemeralContainers } from './pod-progress.ts'

export interface ObjectCacheOptions {
  cluster: Cluster
  informers: Informers
  /** An object that these pods refer to has changed. */
  changed(uids: Iterable<string>): void
}

type Plural = 'configmaps' | 'secrets'

/** `configmaps/NAME` and `secrets/NAME` of everything the pod mentions. */
export function references(pod: Pod): Set<string> {
  const found = new Set<string>()
  const add = (plural: Plural, name: string | undefined) => {
    if (name) found.add(`${plural}/${name}`)
  }
  const ofContainer = ({ env = [], envFrom = [] }: Container) => {
    for (const { valueFrom } of env) {
      add('configmaps', valueFrom?.configMapKeyRef?.name)
      add('secrets', valueFrom?.secretKeyRef?.name)
    }
    for (const from of envFrom) {
      add('configmaps', from.configMapRef?.name)
      add('secrets', from.secretRef?.name)
    }
  }
  allContainers(pod).forEach(ofContainer)
  ephemeralContainers(pod).forEach(ofContainer)
  for (const volume of pod.spec?.volumes ?? []) {
    add('configmaps', volume.configMap?.name)
    add('secrets', volume.secret?.secretName)
    for (const source of volume.projected?.sources ?? []) {
      add('configmaps', source.configMap?.name)
      add('secrets', source.secret?.name)
    }
  }
  return found
}

interface Entry {
  uids: Set<string>
  informer: Informer<ConfigMap | Secret>
  subscription: Subscription
}

export class ObjectCache implements Objects {
  readonly #options: ObjectCacheOptions
  readonly #entries = new Map<string, Entry>()
  #services: { informer: Informer<Service>; subscription: Subscription } | undefined

  constructor(options: ObjectCacheOptions) {
    this.#options = options
  }

  start(): void {
    const informer = this.#options.informers.of(ServiceKind)
    this.#services = { informer, subscription: informer.changes$.subscribe() }
  }

  close(): void {
    this.#services?.subscription.unsubscribe()
    for (const { subscription } of this.#entries.values()) subscription.unsubscribe()
    this.#entries.clear()
  }

  /** Keeps what the pod refers to at hand until it is released. Doing it again is harmless. */
  retain(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    for (const reference of references(pod)) {
      const key = `${pod.metadata.namespace}/${reference}`
      const entry = this.#entries.get(key) ?? this.#watch(key)
      entry.uids.add(uid)
    }
  }

  release(uid: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.uids.delete(uid) || entry.uids.size > 0) continue
      entry.subscription.unsubscribe()
      this.#entries.delete(key)
    }
  }

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#get<ConfigMap>(ConfigMapKind, namespace, name)
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.#get<Secret>(SecretKind, namespace, name)
  }

  services(namespace: string): Service[] {
    const reader = this.#services?.informer.reader
    const kubernetes = reader?.get('default', 'kubernetes')
    const own = reader?.list({ namespace }) ?? []
    return kubernetes && namespace !== 'default' ? [kubernetes, ...own] : own
  }

  /** What is not watched, or not listed yet, is asked for. */
  async #get<T extends WithMeta>(
    kind: Kind<T>,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const informer = this.#entries.get(`${namespace}/${kind.plural}/${name}`)?.informer
    if (informer?.synced) return informer.reader.get(namespace, name) as T | undefined
    return this.#options.cluster.get(kind, { namespace, name })
  }

  #watch(key: string): Entry {
    const [namespace, plural, name] = key.split('/') as [string, Plural, string]
    const { informers, changed } = this.#options
    const scope = { namespace, fieldSelector: `metadata.name=${name}` }
    const uids = new Set<string>()
    const informer =
      plural === 'secrets'
        ? (informers.of(SecretKind, scope) as Informer<ConfigMap | Secret>)
        : (informers.of(ConfigMapKind, scope) as Informer<ConfigMap | Secret>)
    const subscription = informer.changes$.subscribe(() => changed(uids))
    const entry: Entry = { uids, informer, subscription }
    this.#entries.set(key, entry)
    return entry
  }
}
