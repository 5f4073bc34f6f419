/** The plugins in the order in which they run. A new one is a new file and a line here. */

import { Admission } from './admission.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { type NamespaceLookup, namespaceLifecycle } from './namespace-lifecycle.ts'
import { podPriority } from './pod-priority.ts'
import { serviceAccount } from './service-account.ts'
import { taintNewNodes } from './taint-new-nodes.ts'

export function createAdmission(ports: { lookUpNamespace: NamespaceLookup }): Admission {
  return new Admission([
    namespaceLifecycle(ports.lookUpNamespace),
    serviceAccount,
    podPriority,
    defaultTolerations,
    taintNewNodes,
    denyServiceExternalIPs,
  ])
}
