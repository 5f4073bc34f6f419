/** The plugins in the order in which they run. A new one is a new file and a line here. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import { type Authorizer, refused } from '../auth/authorization.ts'
import type { Lister } from '../registry/lister.ts'
import type { Resource } from '../resources/resource.ts'
import type { Storage } from '../storage/storage.ts'
import { HookCaller } from '../webhooks/hook-caller.ts'
import { mutatingWebhooks } from '../webhooks/mutating-webhooks.ts'
import { validatingWebhooks } from '../webhooks/validating-webhooks.ts'
import type { WebhookClient } from '../webhooks/webhook-client.ts'
import { Admission, type AdmissionPlugin } from './admission.ts'
import { certificateApproval, certificateSigning } from './certificate-approval.ts'
import { certificateSubjectRestriction } from './certificate-subject-restriction.ts'
import { claimResize } from './claim-resize.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { defaultStorageClass } from './default-storage-class.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips.ts'
import { limitRanger } from './limit-ranger.ts'
import { type NamespaceLookup, namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction/node-restriction.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { mutatingPolicies, validatingPolicies, webhookConditions } from './policies/index.ts'
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
  /** For expressions of policies and match conditions; without it nobody may do anything. */
  authorize?: Authorizer
  /** Somebody makes every namespace's service account, and nodes can give pods their tokens. */
  keptServiceAccounts?: boolean
  /** Run when all others have had their say. */
  last?: readonly AdmissionPlugin[]
  report(error: unknown): void
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { lister, clock, random, webhooks: client, report } = ports
  const { authorize = nobodyMay } = ports
  const conditionsHold = webhookConditions(ports.authorize)
  const resources = () => ports.resources()
  const policyPorts = { lister, resources, authorize: ports.authorize }
  const hooks = new HookCaller({ lister, random, client, report, conditionsHold, resources })
  const plugins: AdmissionPlugin[] = [
    namespaceLifecycle(ports.lookUpNamespace),
    limitRanger(lister),
    serviceAccount({ lister, clock, random, kept: ports.keptServiceAccounts === true }),
    nodeRestriction({ lister, authorize }),
    taintNewNodes,
    podSecurity(lister),
    priority(lister),
    defaultTolerations,
    defaultStorageClass(lister),
    storageInUseProtection,
    claimResize(lister),
    runtimeClass(lister),
    certificateApproval(authorize),
    certificateSigning(authorize),
    certificateSubjectRestriction,
    defaultIngressClass(lister),
    denyServiceExternalIPs,
    podTopologyLabels(lister),
    mutatingPolicies(policyPorts),
    mutatingWebhooks(hooks),
    validatingPolicies(policyPorts),
    validatingWebhooks(hooks),
    resourceQuota(lister, new QuotaStatuses(ports.storage, ports.clock)),
    ...(ports.last ?? []),
  ]
  return new Admission(plugins, report)
}

const nobodyMay: Authorizer = () => refused
