/** The pod that a ReplicaSet's template describes. The API server names it and fills in the rest. */

import type { ObjectMeta } from '../../api/object.ts'
import type { Pod, ReplicaSet as ReplicaSetObject } from '../../api/types.ts'
import { controllerReference, ReplicaSet } from '../framework/index.ts'

const podNamePrefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*-?$/

export function podFromTemplate(replicaSet: ReplicaSetObject): Pod {
  const { namespace, name = '' } = replicaSet.metadata
  const template = replicaSet.spec?.template
  const { labels, annotations, finalizers } = template?.metadata ?? {}
  const prefix = `${name}-`
  const metadata: ObjectMeta = {
    generateName: podNamePrefix.test(prefix) ? prefix : name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels ? { labels: { ...labels } } : {}),
    ...(annotations ? { annotations: { ...annotations } } : {}),
    ...(finalizers ? { finalizers: [...finalizers] } : {}),
    ownerReferences: [controllerReference(ReplicaSet, replicaSet)],
  }
  const spec = structuredClone(template?.spec ?? { containers: [] })
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec }
}
