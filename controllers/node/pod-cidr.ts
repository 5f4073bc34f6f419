/** Gives every node a range of pod addresses of its own. What a node has is never taken away or changed. */

import { type Controller, controller, Node } from '../framework/index.ts'
import { cidrRange } from './cidr.ts'

export interface PodCidrOptions {
  /** `10.244.0.0/16` */
  clusterCidr: string
  /** 24: parts of 256 addresses. */
  maskSize: number
}

/** @throws CidrError when the options do not fit each other */
export function podCidrController({ clusterCidr, maskSize }: PodCidrOptions): Controller {
  const range = cidrRange(clusterCidr, maskSize)
  /** Given to nodes whose objects do not show it yet, by part. */
  const given = new Map<number, string>()

  return controller(Node)
    .named('node-ipam')
    .concurrency(1)
    .reconcile(async (node, { read, patch, event }) => {
      if (node.spec?.podCIDR) return undefined
      const name = node.metadata.name ?? ''
      const nodes = read(Node)
      const used = new Set<number>()
      for (const { spec } of nodes.list()) {
        const index = spec?.podCIDR ? range.indexOf(spec.podCIDR) : undefined
        if (index !== undefined) used.add(index)
      }
      for (const [index, holder] of given) {
        const known = nodes.get('', holder)
        if (!known || known.spec?.podCIDR) given.delete(index)
        else if (holder !== name) used.add(index)
      }
      const index = firstFree(used, range.size)
      if (index === undefined) {
        const message = `Node ${name} has no CIDR: all ${range.size} parts of ${clusterCidr} are taken`
        event(node, { type: 'Warning', reason: 'CIDRNotAvailable', message })
        return { requeueAfter: 30_000 }
      }
      given.set(index, name)
      const podCIDR = range.part(index)
      const { uid } = node.metadata
      const body = { metadata: { uid }, spec: { podCIDR, podCIDRs: [podCIDR] } }
      await patch(Node, { name }, { type: 'merge', body })
      return undefined
    })
}

function firstFree(used: ReadonlySet<number>, size: number): number | undefined {
  for (let index = 0; index < size; index++) if (!used.has(index)) return index
  return undefined
}
