/** Keeps two pods from wanting the same port of a node. */

import type { Plugin, Refusal } from '../plugin.ts'

const refusal: Refusal = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  hopeless: false,
}

export const nodePorts: Plugin = {
  name: 'NodePorts',
  retryAfter: ['node-added', 'pod-removed'],
  filter({ ports }) {
    if (ports.length === 0) return undefined
    return (node) => (node.portsTaken(ports) ? refusal : undefined)
  },
}
