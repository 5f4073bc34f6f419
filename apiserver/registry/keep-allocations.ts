/** Addresses and ports that no service holds go back to their pools: at start, and now and then. */

import type { Cancel } from '../../ports/clock.ts'
import { every } from '../../ports/every.ts'
import type { Resource } from '../resources/resource.ts'
import type { RegistryPorts } from './ports.ts'

const repairEvery = 180_000

/** Resolves when they have been put right once; what is returned ends it. */
export async function keepAllocations(
  ports: RegistryPorts,
  resources: () => readonly Resource[],
  report: (error: unknown) => void,
): Promise<Cancel> {
  const round = () => repair(ports, resources())
  await round()
  await forgetFormerKeys(ports)
  return every(ports.clock, repairEvery, round, report)
}

/** Addresses had keys that no client saw, before there were IPAddress objects; of those that are held there are by now. */
async function forgetFormerKeys({ storage }: RegistryPorts): Promise<void> {
  const { entries } = await storage.range('/allocations/clusterip/')
  for (const { key, modified } of entries)
    await storage.write({ key, value: undefined, expect: modified })
}

async function repair(
  { allocator, hub, cacheOf }: RegistryPorts,
  resources: readonly Resource[],
): Promise<void> {
  for (const resource of resources)
    await allocator.repair(resource, async () => {
      await hub.fresh()
      const { items } = cacheOf(resource).list()
      return items.map(({ object }) => object)
    })
}
