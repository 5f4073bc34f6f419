/**
 * The node's own objects in the API: its Node, registered and reported, and its Lease, renewed. Both go on for as long
 * as the agent lives, whatever the API server does meanwhile. Deletes nothing.
 */

import type { Lease, Node } from '../../api/types.ts'
import {
  type Cluster,
  isAlreadyExists,
  isNotFound,
  Lease as LeaseKind,
  Node as NodeKind,
} from '../../controllers/framework/index.ts'
import { type Cancel, type Clock, microTime } from '../../ports/clock.ts'
import {
  type NodeHealth,
  type NodeIdentity,
  nodeLabels,
  nodeStatus,
  sameStatus,
} from './node-status.ts'

export interface NodeRegistrationOptions {
  cluster: Cluster
  clock: Clock
  identity(): NodeIdentity
  health(): Promise<NodeHealth>
  /** Told whenever the Node has been read or written. */
  seen(node: Node): void
  onError(error: unknown): void
}

export interface NodeRegistration {
  /** Looks at the node's health now and reports it if it has changed. */
  report(): void
  close(): void
}

const second = 1000
const leaseEvery = 10 * second
const leaseSeconds = 40
/** How often health is looked at: often until the node is ready. */
const lookEvery = 10 * second
const lookSoon = second / 2
/** A status that has not changed is written again so often: the lease says that the node lives. */
const heartbeatEvery = 5 * 60 * second
const leaseNamespace = 'kube-node-lease'

export function registerNode(options: NodeRegistrationOptions): NodeRegistration {
  const registration = new Registration(options)
  registration.report()
  registration.renew()
  return registration
}

class Registration implements NodeRegistration {
  readonly #options: NodeRegistrationOptions
  #node: Node | undefined
  /** As it was sent: the server writes some of it in another way (`1024Ki` as `1Mi`). */
  #reported: Node['status']
  #lease: Lease | undefined
  #reportedAt = Number.NEGATIVE_INFINITY
  #labelled = false
  #busy = false
  #again = false
  #closed = false
  #cancelReport: Cancel = () => {}
  #cancelRenew: Cancel = () => {}

  constructor(options: NodeRegistrationOptions) {
    this.#options = options
  }

  close(): void {
    this.#closed = true
    this.#cancelReport()
    this.#cancelRenew()
  }

  report(): void {
    this.#again = true
    if (this.#busy || this.#closed) return
    this.#busy = true
    this.#again = false
    this.#cancelReport()
    let soon = true
    this.#report()
      .then((ready) => {
        soon = !ready
      })
      .catch((error) => {
        this.#node = undefined
        this.#options.onError(error)
      })
      .finally(() => {
        this.#busy = false
        if (this.#closed) return
        if (this.#again) this.report()
        else
          this.#cancelReport = this.#options.clock.after(soon ? lookSoon : lookEvery, () =>
            this.report(),
          )
      })
  }

  /** Resolves to whether the node is ready. */
  async #report(): Promise<boolean> {
    const { cluster, clock, identity, health, seen } = this.#options
    const self = identity()
    const node = this.#node ?? (await this.#register(self))
    const found = await health()
    const status = nodeStatus(self, found, node.status, clock.now())
    const due = clock.monotonic() - this.#reportedAt >= heartbeatEvery
    if (due || !this.#node || !sameStatus(this.#reported, status)) {
      const ref = { name: self.name }
      const patch = { type: 'strategic', body: { status } } as const
      this.#node = await cluster.patch(NodeKind, ref, patch, { subresource: 'status' })
      this.#reported = status
      this.#reportedAt = clock.monotonic()
      seen(this.#node)
    }
    return found.problems.length === 0
  }

  async #register(self: NodeIdentity): Promise<Node> {
    const { cluster, seen } = this.#options
    const ref = { name: self.name }
    const known = (await cluster.get(NodeKind, ref)) ?? (await this.#create(self))
    let node = known
    const labels = nodeLabels(self)
    const have = known.metadata.labels ?? {}
    if (!this.#labelled && Object.entries(labels).some(([key, value]) => have[key] !== value))
      node = await cluster.patch(NodeKind, ref, { type: 'merge', body: { metadata: { labels } } })
    this.#labelled = true
    seen(node)
    return node
  }

  async #create(self: NodeIdentity): Promise<Node> {
    const { cluster } = this.#options
    const node: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: self.name, labels: nodeLabels(self) },
      spec: {},
    }
    try {
      return await cluster.create(NodeKind, node)
    } catch (error) {
      const other = isAlreadyExists(error)
        ? await cluster.get(NodeKind, { name: self.name })
        : undefined
      if (other) return other
      throw error
    }
  }

  renew(): void {
    if (this.#closed) return
    this.#renew()
      .catch((error) => {
        this.#lease = undefined
        this.#options.onError(error)
      })
      .finally(() => {
        if (!this.#closed)
          this.#cancelRenew = this.#options.clock.after(leaseEvery, () => this.renew())
      })
  }

  async #renew(): Promise<void> {
    const { cluster, clock, identity } = this.#options
    const { name } = identity()
    const ref = { namespace: leaseNamespace, name }
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: leaseSeconds,
      renewTime: microTime(clock.now()),
    }
    const lease = this.#lease ?? (await cluster.get(LeaseKind, ref))
    if (lease) {
      try {
        this.#lease = await cluster.patch(LeaseKind, ref, { type: 'merge', body: { spec } })
        return
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
    this.#lease = await cluster.create(LeaseKind, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...ref, ...this.#owner(name) },
      spec,
    })
  }

  /** The lease goes with its node. */
  #owner(name: string) {
    const uid = this.#node?.metadata.uid
    return uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] } : {}
  }
}
