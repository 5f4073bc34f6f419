/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */

import type { Plugin, Refusal } from '../plugin.ts'
import { tolerates } from './taint-toleration.ts'

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const refusal: Refusal = { reasons: ['node(s) were unschedulable'], hopeless: true }

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  retryAfter: ['node-added', 'node-taints'],
  filter({ pod }) {
    if (tolerates(pod.spec?.tolerations, taint)) return undefined
    return ({ node }) => (node?.spec?.unschedulable ? refusal : undefined)
  },
}
