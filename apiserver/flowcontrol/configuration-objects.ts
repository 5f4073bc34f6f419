/** The objects that configure flow control: made where they are missing, and followed as they change. */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import {
  type Cluster,
  isAlreadyExists,
  type WithMeta,
} from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import { type Follower, type FollowPorts, followChanges } from '../registry/follow-changes.ts'
import { flowSchemas, priorityLevels } from './configuration.ts'
import type { FlowControl } from './flow-control.ts'

const group = 'flowcontrol.apiserver.k8s.io'
const schemaKind: Kind<FlowSchema> = {
  group,
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
}
const levelKind: Kind<PriorityLevelConfiguration> = {
  group,
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  namespaced: false,
}

/** Creates what is not there; what is there stays as people have made it. */
export async function ensureConfiguration(cluster: Cluster): Promise<void> {
  await Promise.all([
    ...priorityLevels.map((level) => ensure(cluster, levelKind, level)),
    ...flowSchemas.map((schema) => ensure(cluster, schemaKind, schema)),
  ])
}

async function ensure<T extends WithMeta>(cluster: Cluster, kind: Kind<T>, wanted: T) {
  const { name = '' } = wanted.metadata
  if (await cluster.get(kind, { name })) return
  await cluster.create(kind, wanted).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
}

/** Keeps flow control as the objects say, until what it returns is called. */
export function followConfiguration(
  flowControl: Pick<FlowControl, 'configure'>,
  ports: FollowPorts,
): () => void {
  const schemas = new Map<string, FlowSchema>()
  const levels = new Map<string, PriorityLevelConfiguration>()
  let due = false
  const changed = () => {
    if (due) return
    due = true
    queueMicrotask(() => {
      due = false
      // Until there are some of both, what is built in holds.
      if (schemas.size === 0 || levels.size === 0) return
      flowControl.configure({ schemas: [...schemas.values()], levels: [...levels.values()] })
    })
  }
  const ends = [
    followChanges(ports, `flowschemas.${group}`, collecting(schemas, changed)),
    followChanges(ports, `prioritylevelconfigurations.${group}`, collecting(levels, changed)),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** All objects of a kind by name, as they are now. */
const collecting = <T>(objects: Map<string, T>, changed: () => void): Follower => ({
  reset: () => objects.clear(),
  changed({ name, object }) {
    objects.set(name, object as T)
    changed()
  },
  gone({ name }) {
    objects.delete(name)
    changed()
  },
})
