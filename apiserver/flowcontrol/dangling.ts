/** Says in the status of flow schemas whether the priority level that they name is there: `kubectl get` shows it. */

import type { FlowSchema } from '../../api/types.ts'
import { type Cluster, isConflict, isNotFound } from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import { type Clock, time } from '../../ports/clock.ts'
import type { Configuration } from './flow-control.ts'

const FlowSchemaKind: Kind<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
}
/** Whose the condition is, as in Kubernetes. */
const fieldManager = 'api-priority-and-fairness-config-consumer-v1'
const type = 'Dangling'

export interface DanglingPorts {
  cluster: Pick<Cluster, 'update'>
  clock: Pick<Clock, 'now'>
}

/** Writes what is not said yet, or not true any more. */
export async function markDangling(
  { schemas, levels }: Configuration,
  { cluster, clock }: DanglingPorts,
): Promise<void> {
  const names = new Set(levels.map(({ metadata }) => metadata.name ?? ''))
  const writes = schemas.map(async (schema) => {
    const conditions = conditionsOf(schema, names, time(clock.now()))
    if (!conditions) return
    const marked = { ...schema, status: { ...schema.status, conditions } } as FlowSchema
    try {
      await cluster.update(FlowSchemaKind, marked, { subresource: 'status', fieldManager })
    } catch (error) {
      // It changed or went in the meantime: that is a change, and it comes by again.
      if (!isConflict(error) && !isNotFound(error)) throw error
    }
  })
  await Promise.all(writes)
}

/** All of them as they should be; `undefined` where they are. */
function conditionsOf(schema: FlowSchema, levels: ReadonlySet<string>, now: string) {
  const name = schema.spec?.priorityLevelConfiguration.name ?? ''
  const found = levels.has(name)
  const status = found ? 'False' : 'True'
  const end = found ? 'and it exists' : 'but there is no such object'
  const message = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)} ${end}`
  const all = schema.status?.conditions ?? []
  const known = all.find((condition) => condition.type === type)
  if (known?.status === status && known.message === message) return undefined
  const reason = found ? 'Found' : 'NotFound'
  const wanted = { type, status, reason, message, lastTransitionTime: now }
  return [...all.filter((condition) => condition.type !== type), wanted]
}
