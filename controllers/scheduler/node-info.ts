/** A node with the sums of all that is placed on it, kept up to date pod by pod. */

import { units } from '../../api/quantity.ts'
import type { Node } from '../../api/types.ts'
import { type PodInfo, wildcard } from './pod-info.ts'
import { add, nothing, type Resources, resourcesOf } from './resources.ts'

type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number]

const empty: Readonly<Record<string, string>> = Object.freeze(Object.create(null))

export class NodeInfo {
  readonly name: string
  /** Absent while only pods tell of it. */
  node: Node | undefined
  labels: Readonly<Record<string, string>> = empty
  taints: readonly Taint[] = []
  allocatable: Resources = nothing()
  allowedPods = 0
  /** Bytes of each image that is there. */
  images: ReadonlyMap<string, number> = new Map()
  readonly requested: Resources = nothing()
  readonly scored: Resources = nothing()
  readonly pods = new Map<string, PodInfo>()
  /** Pods by controller, those being deleted not counted. */
  readonly staying = new Map<string, number>()
  readonly withAffinity = new Set<PodInfo>()
  readonly withAntiAffinity = new Set<PodInfo>()
  readonly #ports = new Map<string, string[]>()

  constructor(name: string) {
    this.name = name
  }

  /** What the node says of itself; its pods stay. */
  describe(node: Node | undefined): void {
    this.node = node
    this.labels = node?.metadata.labels ?? empty
    this.taints = node?.spec?.taints ?? []
    this.allocatable = resourcesOf(node?.status?.allocatable)
    this.allowedPods = units(node?.status?.allocatable?.pods)
    this.images = new Map(
      (node?.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name): [string, number] => [name, sizeBytes]),
      ),
    )
  }

  addPod(info: PodInfo): void {
    this.pods.set(info.uid, info)
    add(this.requested, info.requests)
    add(this.scored, info.scored)
    if (info.owner !== undefined && !info.pod.metadata.deletionTimestamp)
      this.staying.set(info.owner, (this.staying.get(info.owner) ?? 0) + 1)
    if (
      info.affinity.length +
        info.preferred.length +
        info.avoided.length +
        info.antiAffinity.length >
      0
    )
      this.withAffinity.add(info)
    if (info.antiAffinity.length > 0) this.withAntiAffinity.add(info)
    for (const { key, ip } of info.ports) {
      const addresses = this.#ports.get(key)
      if (addresses) addresses.push(ip)
      else this.#ports.set(key, [ip])
    }
  }

  removePod(uid: string): PodInfo | undefined {
    const info = this.pods.get(uid)
    if (!info) return undefined
    this.pods.delete(uid)
    add(this.requested, info.requests, -1)
    add(this.scored, info.scored, -1)
    if (info.owner !== undefined && !info.pod.metadata.deletionTimestamp) {
      const left = (this.staying.get(info.owner) ?? 1) - 1
      if (left > 0) this.staying.set(info.owner, left)
      else this.staying.delete(info.owner)
    }
    this.withAffinity.delete(info)
    this.withAntiAffinity.delete(info)
    for (const { key, ip } of info.ports) this.#freePort(key, ip)
    return info
  }

  #freePort(key: string, ip: string): void {
    const addresses = this.#ports.get(key)
    addresses?.splice(addresses.indexOf(ip), 1)
    if (addresses?.length === 0) this.#ports.delete(key)
  }

  /** Whether a pod that wants these host ports would find one of them taken. */
  portsTaken(ports: PodInfo['ports']): boolean {
    for (const { key, ip } of ports) {
      const addresses = this.#ports.get(key)
      if (!addresses) continue
      if (ip === wildcard || addresses.includes(wildcard) || addresses.includes(ip)) return true
    }
    return false
  }
}
