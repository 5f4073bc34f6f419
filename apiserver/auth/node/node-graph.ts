/**
 * What the pods of a node refer to: secrets, config maps, claims, accounts. Pods are followed by the node they are on; what
 * one refers to is read only when somebody asks.
 */

import type { Pod, Volume } from '../../../api/types.ts'
import { type FollowPorts, followChanges } from '../../registry/follow-changes.ts'
import type { Lister } from '../../registry/lister.ts'
import type { CachedObject } from '../../watch/cached-object.ts'

export type Referred =
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'pods'
  | 'resourceclaims'
  | 'secrets'
  | 'serviceaccounts'

const keyOf = (kind: Referred, namespace: string, name: string) => `${kind}/${namespace}/${name}`

export class NodeGraph {
  readonly #lister: Lister
  /** By node, then by the pod's key. */
  readonly #pods = new Map<string, Map<string, CachedObject>>()
  readonly #nodeOf = new Map<string, string>()
  /** One version of a pod never changes what it refers to. */
  readonly #references = new WeakMap<CachedObject, ReadonlySet<string>>()

  constructor(lister: Lister) {
    this.#lister = lister
  }

  /** @returns ends it */
  follow(ports: FollowPorts): () => void {
    return followChanges(ports, 'pods', {
      reset: () => {
        this.#pods.clear()
        this.#nodeOf.clear()
      },
      changed: (pod) => {
        this.#forget(pod.key)
        this.#place(pod)
      },
      gone: ({ key }) => this.#forget(key),
    })
  }

  #forget(key: string): void {
    const node = this.#nodeOf.get(key)
    if (node === undefined) return
    this.#nodeOf.delete(key)
    const pods = this.#pods.get(node)
    pods?.delete(key)
    if (pods?.size === 0) this.#pods.delete(node)
  }

  #place(pod: CachedObject): void {
    const node = pod.fields.get('spec.nodeName') ?? ''
    if (node === '') return
    this.#nodeOf.set(pod.key, node)
    const pods = this.#pods.get(node)
    if (pods) pods.set(pod.key, pod)
    else this.#pods.set(node, new Map([[pod.key, pod]]))
  }

  /** Whether a pod on the node is this object, or needs it. */
  reaches(node: string, kind: Referred, namespace: string, name: string): boolean {
    const wanted = keyOf(kind, namespace, name)
    for (const pod of this.#pods.get(node)?.values() ?? []) {
      if (kind === 'persistentvolumes') {
        if (this.#volumesOf(pod).has(name)) return true
      } else if (kind === 'secrets' ? this.#secretsOf(pod).has(wanted) : this.#of(pod).has(wanted))
        return true
    }
    return false
  }

  #of(pod: CachedObject): ReadonlySet<string> {
    let references = this.#references.get(pod)
    if (!references) {
      references = new Set(referencesOf(pod.object as unknown as Pod))
      this.#references.set(pod, references)
    }
    return references
  }

  /** The volumes that the pod's claims are bound to. */
  #volumesOf(pod: CachedObject): Set<string> {
    const found = new Set<string>()
    for (const key of this.#of(pod)) {
      const [kind, namespace = '', name = ''] = key.split('/')
      if (kind !== 'persistentvolumeclaims') continue
      const claim = this.#lister.get<Claim>('persistentvolumeclaims', namespace, name)
      const volume = claim?.spec?.volumeName
      if (volume) found.add(volume)
    }
    return found
  }

  /** The pod's own, and those its volumes need to be attached. */
  #secretsOf(pod: CachedObject): Set<string> {
    const found = new Set(this.#of(pod))
    for (const name of this.#volumesOf(pod)) {
      const volume = this.#lister.get<PersistentVolume>('persistentvolumes', '', name)
      for (const reference of secretsOfVolume(volume)) found.add(reference)
    }
    return found
  }
}

interface Claim {
  spec?: { volumeName?: string }
}

interface PersistentVolume {
  spec?: Record<string, unknown> & { claimRef?: { namespace?: string } }
}

type SecretRef = { name?: string; namespace?: string } | undefined

function* secretsOfVolume(volume: PersistentVolume | undefined): Generator<string> {
  const home = volume?.spec?.claimRef?.namespace ?? ''
  for (const source of Object.values(volume?.spec ?? {})) {
    if (typeof source !== 'object' || source === null) continue
    const refs = Object.entries(source as Record<string, SecretRef>)
    for (const [field, ref] of refs)
      if (/[sS]ecretRef$/.test(field) && ref?.name)
        yield keyOf('secrets', ref.namespace ?? home, ref.name)
  }
}

const mirror = 'kubernetes.io/config.mirror'

/** Everything that a pod's own text names. */
function* referencesOf(pod: Pod): Generator<string> {
  const { metadata, spec } = pod
  const namespace = metadata.namespace ?? ''
  const key = (kind: Referred, name: string) => keyOf(kind, namespace, name)
  yield key('pods', metadata.name ?? '')
  // What a node makes itself gives it nothing.
  if (Object.hasOwn(metadata.annotations ?? {}, mirror)) return
  yield key('serviceaccounts', spec?.serviceAccountName ?? '')
  for (const { name } of spec?.imagePullSecrets ?? []) yield key('secrets', name ?? '')
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...((spec?.ephemeralContainers ?? []) as NonNullable<typeof spec>['containers']),
  ]
  for (const { env = [], envFrom = [] } of containers) {
    for (const { configMapRef, secretRef } of envFrom) {
      if (configMapRef?.name) yield key('configmaps', configMapRef.name)
      if (secretRef?.name) yield key('secrets', secretRef.name)
    }
    for (const { valueFrom } of env) {
      if (valueFrom?.configMapKeyRef?.name) yield key('configmaps', valueFrom.configMapKeyRef.name)
      if (valueFrom?.secretKeyRef?.name) yield key('secrets', valueFrom.secretKeyRef.name)
    }
  }
  yield* claimsOf(pod, key)
  for (const volume of spec?.volumes ?? []) {
    yield* referencesOfVolume(volume, key)
    if ('ephemeral' in volume && volume.ephemeral)
      yield key('persistentvolumeclaims', `${metadata.name}-${volume.name}`)
  }
}

/** Devices that the pod claims: by name, or by what was made for it. */
function* claimsOf(
  { spec, status }: Pod,
  key: (kind: Referred, name: string) => string,
): Generator<string> {
  for (const { resourceClaimName } of [
    ...(spec?.resourceClaims ?? []),
    ...(status?.resourceClaimStatuses ?? []),
  ])
    if (resourceClaimName) yield key('resourceclaims', resourceClaimName)
}

function* referencesOfVolume(
  volume: Volume,
  key: (kind: Referred, name: string) => string,
): Generator<string> {
  const { configMap, secret, projected, persistentVolumeClaim } = volume
  if (configMap?.name) yield key('configmaps', configMap.name)
  if (secret?.secretName) yield key('secrets', secret.secretName)
  if (persistentVolumeClaim) yield key('persistentvolumeclaims', persistentVolumeClaim.claimName)
  for (const source of projected?.sources ?? []) {
    if (source.configMap?.name) yield key('configmaps', source.configMap.name)
    if (source.secret?.name) yield key('secrets', source.secret.name)
  }
  for (const source of Object.values(volume) as unknown[]) {
    if (typeof source !== 'object' || source === null) continue
    const { secretRef, nodePublishSecretRef } = source as Record<string, SecretRef>
    for (const ref of [secretRef, nodePublishSecretRef])
      if (ref?.name) yield key('secrets', ref.name)
  }
}
