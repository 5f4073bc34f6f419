/** Nodes and the pods on them, to foresee whether a rollout has room; where they may not be read or are many, it is not looked. */

import {
  ApiError,
  type Cluster,
  type Kind,
  Node,
  Pod,
  type WithMeta,
} from '../../controllers/framework/index.ts'

/** Of a kind; more are not looked at. */
const most = 2_000

export interface Room {
  nodes: Node[]
  pods: Pod[]
}

export async function roomOf(cluster: Pick<Cluster, 'list'>): Promise<Room | undefined> {
  const all = async <T extends WithMeta>(kind: Kind<T>) => {
    const { items, continue: more } = await cluster.list(kind, { limit: most })
    return more ? undefined : items
  }
  try {
    const [nodes, pods] = await Promise.all([all(Node), all(Pod)])
    return nodes && pods && { nodes, pods }
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined
    throw error
  }
}
