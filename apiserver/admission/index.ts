/** The plugins in the order in which they run. A new one is a new file and a line here. */

import type { Lister } from '../registry/lister.ts'
import { Admission } from './admission.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { type NamespaceLookup, namespaceLifecycle } from './namespace-lifecycle.ts'
import { podPriority } from './pod-priority.ts'
import { serviceAccount } from './service-account.ts'
import { taintNewNodes } from './taint-new-nodes.ts'

export interface AdmissionPorts {
  lookUpNamespace: NamespaceLookup
  /** For plugins that decide by other objects. */
  lister: Lister
}

export function createAdmission(ports: AdmissionPorts): Admission {
  return new Admission([
    namespaceLifecycle(ports.lookUpNamespace),
    serviceAccount,
    podPriority,
    defaultTolerations,
    taintNewNodes,
    denyServiceExternalIPs,
  ])
}
