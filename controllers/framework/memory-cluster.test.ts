import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { clusterCases } from './cluster.cases.ts'
import type { Kind } from './kind.ts'
import { ConfigMap, Namespace, Pod } from './kinds.ts'
import { MemoryCluster } from './memory-cluster.ts'

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']

describe('cluster in memory', () => {
  clusterCases(
    async () => {
      const clock = new VirtualClock()
      const kinds = [ConfigMap, Namespace, Pod].map((kind) => ({ ...(kind as Kind), verbs }))
      const cluster = new MemoryCluster({ clock, random: seededRandom(1), kinds })
      await cluster.create(Namespace, { metadata: { name: 'cases' } })
      return {
        cluster,
        namespace: 'cases',
        compact: async () => cluster.compact(),
        bookmark: async () => cluster.bookmark(ConfigMap),
        pass: (ms) => clock.advance(ms),
        close: async () => {},
      }
    },
    { apply: false },
  )
})
