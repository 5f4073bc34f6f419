/**
 * The cluster as the scheduler sees it: nodes with what is on them, also what it has placed there itself and not yet seen
 * (`assume`). Changed in place by events; a scheduling cycle reads it without anything changing underneath.
 */

import type { Namespace, Node, Pod } from '../../api/types.ts'
import { NodeInfo } from './node-info.ts'
import { type PodInfo, podInfo } from './pod-info.ts'
import type { Labels } from './terms.ts'

export class ClusterState {
  /** Nodes that exist, in the order they came. */
  readonly nodes: NodeInfo[] = []
  readonly #byName = new Map<string, NodeInfo>()
  /** Where each known pod is, by uid. */
  readonly #places = new Map<string, { node: NodeInfo; assumed: boolean }>()
  readonly #namespaces = new Map<string, Labels>()
  /** On how many nodes each image is. */
  readonly #images = new Map<string, number>()
  readonly withAffinity = new Set<NodeInfo>()
  readonly withAntiAffinity = new Set<NodeInfo>()

  readonly namespaceLabels = (namespace: string): Labels | undefined =>
    this.#namespaces.get(namespace)

  setNamespace({ metadata: { name = '', labels = {} } }: Namespace): void {
    this.#namespaces.set(name, labels)
  }

  removeNamespace({ metadata: { name = '' } }: Namespace): void {
    this.#namespaces.delete(name)
  }

  find(name: string): NodeInfo | undefined {
    const info = this.#byName.get(name)
    return info?.node ? info : undefined
  }

  setNode(node: Node): void {
    const info = this.#info(node.metadata.name ?? '')
    if (!info.node) this.nodes.push(info)
    this.#countImages(info, -1)
    info.describe(node)
    this.#countImages(info, 1)
  }

  removeNode({ metadata: { name = '' } }: Node): void {
    const info = this.#byName.get(name)
    if (!info?.node) return
    this.nodes.splice(this.nodes.indexOf(info), 1)
    this.#countImages(info, -1)
    info.describe(undefined)
    this.#forgetEmpty(info)
  }

  /** How many nodes have the image. */
  imageNodes(name: string): number {
    return this.#images.get(name) ?? 0
  }

  /** A pod that is bound to a node, new or changed. */
  setPod(pod: Pod): void {
    this.removePod(pod.metadata.uid ?? '')
    this.#place(podInfo(pod), pod.spec?.nodeName ?? '', false)
  }

  /** Counts the pod on the node until it is seen there, or forgotten. */
  assume(info: PodInfo, node: string): void {
    this.removePod(info.uid)
    this.#place(info, node, true)
  }

  isAssumed(uid: string): boolean {
    return this.#places.get(uid)?.assumed === true
  }

  /** Returns whether it was anywhere. */
  removePod(uid: string): boolean {
    const place = this.#places.get(uid)
    if (!place) return false
    this.#places.delete(uid)
    const { node } = place
    node.removePod(uid)
    if (node.withAffinity.size === 0) this.withAffinity.delete(node)
    if (node.withAntiAffinity.size === 0) this.withAntiAffinity.delete(node)
    this.#forgetEmpty(node)
    return true
  }

  #place(info: PodInfo, name: string, assumed: boolean): void {
    const node = this.#info(name)
    node.addPod(info)
    if (node.withAffinity.size > 0) this.withAffinity.add(node)
    if (node.withAntiAffinity.size > 0) this.withAntiAffinity.add(node)
    this.#places.set(info.uid, { node, assumed })
  }

  #info(name: string): NodeInfo {
    let info = this.#byName.get(name)
    if (!info) {
      info = new NodeInfo(name)
      this.#byName.set(name, info)
    }
    return info
  }

  #forgetEmpty(info: NodeInfo): void {
    if (!info.node && info.pods.size === 0) this.#byName.delete(info.name)
  }

  #countImages(info: NodeInfo, by: 1 | -1): void {
    for (const name of info.images.keys()) {
      const count = this.imageNodes(name) + by
      if (count > 0) this.#images.set(name, count)
      else this.#images.delete(name)
    }
  }
}
