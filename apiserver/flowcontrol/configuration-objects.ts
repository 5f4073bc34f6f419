/** The objects that configure flow control: made where they are missing, and followed as they change. */

import type { KubernetesObject } from '../../api/object.ts'
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import {
  type Cluster,
  isAlreadyExists,
  type WithMeta,
} from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import type { Lister } from '../registry/lister.ts'
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
  lister: Pick<Lister, 'changes'>,
  flowControl: Pick<FlowControl, 'configure'>,
  report: (error: unknown) => void,
): () => void {
  let due = false
  const changed = () => {
    if (due) return
    due = true
    queueMicrotask(() => {
      due = false
      // Until there are some of both, what is built in holds.
      if (schemas.objects.size === 0 || levels.objects.size === 0) return
      flowControl.configure({
        schemas: [...schemas.objects.values()],
        levels: [...levels.objects.values()],
      })
    })
  }
  const schemas = collected<FlowSchema>(lister, `flowschemas.${group}`, changed, report)
  const levels = collected<PriorityLevelConfiguration>(
    lister,
    `prioritylevelconfigurations.${group}`,
    changed,
    report,
  )
  return () => {
    schemas.stop()
    levels.stop()
  }
}

/** All objects of a kind by name, as they are now. */
function collected<T>(
  lister: Pick<Lister, 'changes'>,
  kind: string,
  changed: () => void,
  report: (error: unknown) => void,
): { objects: ReadonlyMap<string, T>; stop(): void } {
  const objects = new Map<string, T>()
  const following = lister.changes(kind).subscribe({
    next(event) {
      if (event.type === 'BOOKMARK') return
      const { name, object } = event.object as { name: string; object: KubernetesObject }
      if (event.type === 'DELETED') objects.delete(name)
      else objects.set(name, object as T)
      changed()
    },
    error: report,
  })
  return { objects, stop: () => following.unsubscribe() }
}
