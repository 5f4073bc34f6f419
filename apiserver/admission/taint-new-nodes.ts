/** A node is not ready until its agent has said so: no pod is placed on it before. */

import type { Node } from '../../api/types.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

export const taintNewNodes: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'nodes')) return
    const node = request.object as unknown as Node
    node.spec ??= {}
    const taints = node.spec.taints ?? []
    if (taints.some(({ key, effect }) => key === taint.key && effect === taint.effect)) return
    node.spec.taints = [...taints, { ...taint }]
  },
}
