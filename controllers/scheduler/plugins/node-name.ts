/** Places a pod that names its node on that node and no other. */

import type { Plugin, Refusal } from '../plugin.ts'

const refusal: Refusal = {
  reasons: ["node(s) didn't match the requested node name"],
  hopeless: true,
}

export const nodeName: Plugin = {
  name: 'NodeName',
  retryAfter: ['node-added'],
  filter({ pod }) {
    const wanted = pod.spec?.nodeName
    return wanted ? ({ name }) => (name === wanted ? undefined : refusal) : undefined
  },
}
