/** Every built-in kind that is served. A new kind is a new file and a line here. */

import { configMaps } from './config-map.ts'
import { controllerRevisions } from './controller-revision.ts'
import { deployments } from './deployment.ts'
import { endpointSlices } from './endpoint-slice.ts'
import { endpoints } from './endpoints.ts'
import { events } from './event.ts'
import { leases } from './lease.ts'
import { namespaces } from './namespace.ts'
import { nodes } from './node.ts'
import { pods } from './pod.ts'
import { replicaSets } from './replica-set.ts'
import type { Resource } from './resource.ts'
import { secrets } from './secret.ts'
import { services } from './service.ts'
import { serviceAccounts } from './service-account.ts'

export const resources: readonly Resource[] = [
  namespaces,
  nodes,
  pods,
  services,
  endpoints,
  configMaps,
  secrets,
  serviceAccounts,
  events,
  endpointSlices,
  leases,
  deployments,
  replicaSets,
  controllerRevisions,
]
