/**
 * The ConfigMaps and Secrets that pods of this node refer to, and nothing else: one watch an object, shared by the pods
 * that name it and ended with the last of them, as the node's authorization demands. Services are watched as a whole.
 */

import type { ConfigMap, Container, Pod, Secret, Service } from '../../api/types.ts'
import {
  type Cluster,
  ConfigMap as ConfigMapKind,
  type Kind,
  Secret as SecretKind,
  Service as ServiceKind,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Objects } from './environment.ts'
import { allContainers } from './pod-progress.ts'
import { reflect } from './reflector.ts'

export interface ObjectCacheOptions {
  cluster: Cluster
  clock: Clock
  random: Random
  /** An object that these pods refer to has changed. */
  changed(uids: Iterable<string>): void
  onError(error: unknown): void
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
  object: (WithMeta & (ConfigMap | Secret)) | undefined
  synced: boolean
  stop(): void
}

export class ObjectCache implements Objects {
  readonly #options: ObjectCacheOptions
  readonly #entries = new Map<string, Entry>()
  readonly #services = new Map<string, Service>()
  #stopServices: () => void = () => {}

  constructor(options: ObjectCacheOptions) {
    this.#options = options
  }

  start(): void {
    const key = ({ metadata }: Service) => `${metadata.namespace}/${metadata.name}`
    this.#stopServices = reflect<Service>({
      ...this.#options,
      kind: ServiceKind,
      set: (service) => this.#services.set(key(service), service),
      gone: (service) => this.#services.delete(key(service)),
    })
  }

  close(): void {
    this.#stopServices()
    for (const entry of this.#entries.values()) entry.stop()
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
      entry.stop()
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
    return [...this.#services.values()].filter(
      ({ metadata }) =>
        metadata.namespace === namespace ||
        (metadata.namespace === 'default' && metadata.name === 'kubernetes'),
    )
  }

  /** What is not watched, or not listed yet, is asked for. */
  async #get<T extends WithMeta>(
    kind: Kind<T>,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const entry = this.#entries.get(`${namespace}/${kind.plural}/${name}`)
    if (entry?.synced) return entry.object as T | undefined
    return this.#options.cluster.get(kind, { namespace, name })
  }

  #watch(key: string): Entry {
    const [namespace, plural, name] = key.split('/') as [string, Plural, string]
    const entry: Entry = { uids: new Set(), object: undefined, synced: false, stop: () => {} }
    this.#entries.set(key, entry)
    const put = (object: Entry['object']) => {
      entry.object = object
      if (entry.synced) this.#options.changed(entry.uids)
    }
    const options = {
      ...this.#options,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      set: put,
      gone: () => put(undefined),
      synced: () => {
        if (entry.synced) return
        entry.synced = true
        this.#options.changed(entry.uids)
      },
    }
    entry.stop =
      plural === 'secrets'
        ? reflect<Secret>({ ...options, kind: SecretKind })
        : reflect<ConfigMap>({ ...options, kind: ConfigMapKind })
    return entry
  }
}
