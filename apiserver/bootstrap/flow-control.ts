/** The flow schemas and priority levels that every cluster has, as objects that administrators may change. */

import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts'
import type { Cluster } from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import { flowSchemas, priorityLevels } from '../flowcontrol/configuration.ts'
import { ensure } from './ensure.ts'

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

/** Creates what is not there; what is there stays as people have made it. Resolves to all there are. */
export async function ensureFlowControl(cluster: Cluster) {
  await Promise.all([
    ...priorityLevels.map((level) => ensure(cluster, levelKind, level)),
    ...flowSchemas.map((schema) => ensure(cluster, schemaKind, schema)),
  ])
  const [schemas, levels] = await Promise.all([cluster.list(schemaKind), cluster.list(levelKind)])
  return { schemas: schemas.items, levels: levels.items }
}
