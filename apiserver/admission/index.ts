/** The plugins in the order in which they run. A new one is a new file and a line here. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import type { Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import { type ConditionsHold, HookCaller } from '../webhooks/hook-caller.ts'
import { mutatingWebhooks } from '../webhooks/mutating-webhooks.ts'
import { validatingWebhooks } from '../webhooks/validating-webhooks.ts'
import type { WebhookClient } from '../webhooks/webhook-client.ts'
import { Admission, type AdmissionPlugin } from './admission.ts'
import { claimResize } from './claim-resize.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { defaultStorageClass } from './default-storage-class.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { limitRanger } from './limit-ranger.ts'
import { type NamespaceLookup, namespaceLifecycle } from './namespace-lifecycle.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { QuotaStatuses } from './quota-statuses.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account.ts'
import { storageInUseProtection } from './storage-in-use-protection.ts'
import { taintNewNodes } from './taint-new-nodes.ts'

export interface AdmissionPorts {
  lookUpNamespace: NamespaceLookup
  /** For plugins that decide by other objects. */
  lister: Lister
  /** For what is charged. */
  storage: Storage
  /** What is served at the moment. */
  resources(): Iterable<Resource>
  clock: Clock
  random: Random
  webhooks: Pick<WebhookClient, 'call'>
  /** Of webhooks; without it they do not hold and cannot be evaluated. */
  conditionsHold?: ConditionsHold
  /** Run when all others have had their say. */
  last?: readonly AdmissionPlugin[]
  report(error: unknown): void
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { lister, random, webhooks: client, report } = ports
  const { conditionsHold = noConditions } = ports
  const resources = () => ports.resources()
  const hooks = new HookCaller({ lister, random, client, report, conditionsHold, resources })
  const plugins: AdmissionPlugin[] = [
    namespaceLifecycle(ports.lookUpNamespace),
    limitRanger(lister),
    serviceAccount,
    taintNewNodes,
    priority(lister),
    defaultTolerations,
    extendedResourceToleration,
    defaultStorageClass(lister),
    storageInUseProtection,
    claimResize(lister),
    runtimeClass(lister),
    defaultIngressClass(lister),
    denyServiceExternalIPs,
    podTopologyLabels(lister),
    mutatingWebhooks(hooks),
    validatingWebhooks(hooks),
    resourceQuota(lister, new QuotaStatuses(ports.storage)),
    ...(ports.last ?? []),
  ]
  return new Admission(plugins, report)
}

const noConditions: ConditionsHold = () => {
  throw new Error('match conditions are not served by this server')
}
