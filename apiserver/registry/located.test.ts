import assert from 'node:assert/strict'
import { leases } from '../resources/coordination/lease.ts'
import { createRegistry } from './create-registry.ts'
import type { RegistryPorts } from './ports.ts'
import { ResourceSet } from './resource-set.ts'

describe('a kind that is not served yet', () => {
  const place = [leases.group, leases.version, leases.plural] as const

  it('is waited for as those say who serve it, however late they say how', async () => {
    const resources = new ResourceSet([])
    const ports = {} as RegistryPorts
    const registry = createRegistry(resources, ports)
    assert.equal(await registry.located(...place), undefined)
    ports.settled = async () => resources.replace('a definition', [leases])
    assert.equal(await registry.located(...place), leases)
  })

  it('is not waited for once it is served', async () => {
    const ports = { settled: () => assert.fail('it waits') } as unknown as RegistryPorts
    const registry = createRegistry(new ResourceSet([leases]), ports)
    assert.equal(await registry.located(...place), leases)
  })
})
