/** The plugins in the order in which they run. A new one is a new file and a line here. */

import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Lister } from '../registry/lister.ts'
import type { Resource } from '../resources/resource.ts'
import { type ConditionsHold, HookCaller } from '../webhooks/hook-caller.ts'
import { mutatingWebhooks } from '../webhooks/mutating-webhooks.ts'
import { validatingWebhooks } from '../webhooks/validating-webhooks.ts'
import type { WebhookClient } from '../webhooks/webhook-client.ts'
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
  /** What is served at the moment. */
  resources(): Iterable<Resource>
  clock: Clock
  random: Random
  webhooks: Pick<WebhookClient, 'call'>
  /** Of webhooks; without it they do not hold and cannot be evaluated. */
  conditionsHold?: ConditionsHold
  report(error: unknown): void
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { lister, random, webhooks: client, report } = ports
  const { conditionsHold = noConditions } = ports
  const resources = () => ports.resources()
  const hooks = new HookCaller({ lister, random, client, report, conditionsHold, resources })
  return new Admission([
    namespaceLifecycle(ports.lookUpNamespace),
    serviceAccount,
    taintNewNodes,
    podPriority,
    defaultTolerations,
    denyServiceExternalIPs,
    mutatingWebhooks(hooks),
    validatingWebhooks(hooks),
  ])
}

const noConditions: ConditionsHold = () => {
  throw new Error('match conditions are not served by this server')
}
