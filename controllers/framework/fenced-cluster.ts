/** A cluster whose writes are refused when this process may not write; reads go on. */

import type { Cluster } from './cluster.ts'

/** @param fence throws when writing is not allowed */
export function fencedCluster(cluster: Cluster, fence: () => void): Cluster {
  const guarded =
    <Parameters extends unknown[], Answer>(write: (...parameters: Parameters) => Promise<Answer>) =>
    async (...parameters: Parameters): Promise<Answer> => {
      fence()
      return write(...parameters)
    }
  return {
    get: (kind, ref) => cluster.get(kind, ref),
    list: (kind, options) => cluster.list(kind, options),
    watch: (kind, options) => cluster.watch(kind, options),
    discover: () => cluster.discover(),
    create: guarded(cluster.create.bind(cluster)) as Cluster['create'],
    update: guarded(cluster.update.bind(cluster)) as Cluster['update'],
    patch: guarded(cluster.patch.bind(cluster)) as Cluster['patch'],
    remove: guarded(cluster.remove.bind(cluster)) as Cluster['remove'],
    createSubresource: guarded(
      cluster.createSubresource.bind(cluster),
    ) as Cluster['createSubresource'],
  }
}
