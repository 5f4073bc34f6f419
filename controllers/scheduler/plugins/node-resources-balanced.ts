/** Prefers nodes where CPU and memory are used up evenly, so that neither is left over without the other. */

import { highest, type Plugin } from '../plugin.ts'

export const nodeResourcesBalanced: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  retryAfter: [],
  weight: 1,
  score({ requests }, nodes) {
    if (requests.cpu === 0 && requests.memory === 0) return undefined
    return nodes.map(({ allocatable, requested }) => {
      if (allocatable.cpu === 0 || allocatable.memory === 0) return highest
      const cpu = Math.min(1, (requested.cpu + requests.cpu) / allocatable.cpu)
      const memory = Math.min(1, (requested.memory + requests.memory) / allocatable.memory)
      // The standard deviation of two numbers.
      return Math.trunc((1 - Math.abs(cpu - memory) / 2) * highest)
    })
  },
}
