/**
 * What an API server does besides answering, in the order in which it begins: each part puts in place what requests
 * rely on, and keeps it there until it is told to end.
 */

import type { Cancel } from '../../ports/clock.ts'
import { followPolicies } from '../admission/policies/index.ts'
import { aggregateClusterRoles } from '../auth/rbac/keep-aggregated.ts'
import { ensureFlowControl } from '../bootstrap/flow-control.ts'
import { bootstrapPolicy } from '../bootstrap/policy.ts'
import { keepSystemObjects } from '../bootstrap/system-objects.ts'
import { customResources } from '../crds/index.ts'
import { markDangling } from '../flowcontrol/dangling.ts'
import type { Configuration } from '../flowcontrol/flow-control.ts'
import { followConfiguration } from '../flowcontrol/follow-configuration.ts'
import { expire } from '../registry/expiry.ts'
import { keepAllocations } from '../registry/keep-allocations.ts'
import { rounds } from '../registry/rounds.ts'
import type { Core } from './core.ts'

/** Resolves when what it is for is in place. @returns ends it */
type Begin = (core: Core) => Cancel | Promise<Cancel>

const nothing: Cancel = () => {}

export const background: readonly Begin[] = [
  serveCustomResources,
  ({ registryPorts, resources, report }) =>
    keepAllocations(registryPorts, () => resources.all, report),
  ({ access }) => access.follow(),
  keepSystem,
  keepPolicy,
  keepFlowControl,
  checkPolicies,
  aggregate,
  ({ registryPorts, resources, report }) => expire(registryPorts, resources.all, report),
]

/** Where definitions of custom resources are served, what they define is as well. */
async function serveCustomResources(core: Core): Promise<Cancel> {
  const { resources, caches, webhooks, registryPorts: registry, report } = core
  const definitions = resources.named('customresourcedefinitions.apiextensions.k8s.io')
  if (!definitions) return nothing
  const custom = customResources({ registry, definitions, resources, caches, webhooks, report })
  await custom.start()
  return () => custom.stop()
}

function keepSystem(core: Core): Promise<Cancel> {
  const { serviceRange, serviceAddress, report } = core
  const { clock, bootstrapped } = core.options
  const ports = { cluster: core.cluster(), clock, serviceRange, serviceAddress, report }
  return keepSystemObjects(ports, { begun: bootstrapped })
}

async function keepPolicy(core: Core): Promise<Cancel> {
  const { resources, lister, report } = core
  const { clock, bootstrapped } = core.options
  if (!resources.named('clusterroles.rbac.authorization.k8s.io')) return nothing
  const cluster = core.cluster()
  if (!bootstrapped) await bootstrapPolicy(cluster)
  return aggregateClusterRoles({ cluster, lister, clock, report })
}

async function keepFlowControl(core: Core): Promise<Cancel> {
  const { resources, flowControl, lister, report } = core
  const { clock, bootstrapped } = core.options
  if (!resources.named('flowschemas.flowcontrol.apiserver.k8s.io')) return nothing
  const cluster = core.cluster()
  const marking = { cluster, clock }
  if (!bootstrapped) await markDangling(await ensureFlowControl(cluster), marking)
  let configuration: Configuration = { schemas: [], levels: [] }
  const { due, end } = rounds({ clock, report }, () => markDangling(configuration, marking))
  const configure = (next: Configuration) => {
    configuration = next
    flowControl.configure(next)
    due()
  }
  const stop = followConfiguration({ configure }, { lister, clock, report })
  return () => {
    end()
    stop()
  }
}

function checkPolicies(core: Core): Cancel {
  const { resources, lister, report } = core
  const { clock } = core.options
  const served = () => resources.all
  return followPolicies({ cluster: core.cluster(), lister, clock, resources: served, report })
}

function aggregate({ aggregation }: Core): Cancel {
  aggregation?.start()
  return () => aggregation?.stop()
}
