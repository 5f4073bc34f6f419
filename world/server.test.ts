import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import type { KubernetesObject } from '../api/object.ts'
import { createApiServer } from '../apiserver/server.ts'
import { MemoryStorage } from '../apiserver/storage/memory.ts'
import type { Cluster } from '../controllers/framework/cluster.ts'
import type { CustomResourceDefinition } from '../controllers/framework/custom-resource-definition.ts'
import type { Kind } from '../controllers/framework/kind.ts'
import {
  ConfigMap,
  Namespace,
  Pod,
  Service,
  ServiceAccount,
} from '../controllers/framework/kinds.ts'
import { seededRandom } from '../ports/random.ts'
import { drain, VirtualClock } from '../ports/virtual-clock.ts'
import { startWorldServer, type WorldServer } from './server.ts'

const group = 'demo.example.com'

const definitionOf = (kind: string, plural: string): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: {
                    type: 'integer',
                    default: 1,
                    'x-kubernetes-validations': [{ rule: 'self < 100' }],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
})

interface Site extends KubernetesObject {
  spec?: { replicas?: number }
}

const Site: Kind<Site> = { group, version: 'v1', kind: 'Site', plural: 'sites', namespaced: true }
const definitions = [definitionOf('Site', 'sites')]

const start = (seed = 1, clock = new VirtualClock()): Promise<WorldServer> =>
  startWorldServer({ clock, random: seededRandom(seed), report: assert.ifError, definitions })

const site = (name: string, replicas?: number): Site => ({
  apiVersion: `${group}/v1`,
  kind: 'Site',
  metadata: { name, namespace: 'default' },
  spec: { replicas },
})

/** A little of everything: defaults, generated names, allocated addresses, patches, apply, what comes with time. */
async function use(cluster: Cluster, clock: VirtualClock): Promise<void> {
  const at = { name: 'a', namespace: 'default' }
  await cluster.create(Site, site('a'))
  const body = site('a', 3)
  await cluster.patch(Site, at, { type: 'apply', body, force: true }, { fieldManager: 'tests' })
  const metadata = { generateName: 'made-', namespace: 'default' }
  for (let count = 0; count < 3; count++)
    await cluster.create(Service, { metadata, spec: { type: 'NodePort', ports: [{ port: 80 }] } })
  await Promise.all(Array.from({ length: 120 }, () => cluster.create(ConfigMap, { metadata })))
  const builder = { name: 'builder', namespace: 'default' }
  await cluster.create(ServiceAccount, { metadata: builder })
  await cluster.createSubresource(ServiceAccount, builder, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['somebody'] },
  })
  const watching = cluster.watch(ConfigMap, { resourceVersion: '0' }).subscribe()
  await cluster.create(Namespace, { metadata: { name: 'going' } })
  await cluster.remove(Namespace, { name: 'going' })
  const spec = { containers: [{ name: 'c', image: 'i' }], automountServiceAccountToken: false }
  await cluster.create(Pod, { metadata: { name: 'p', namespace: 'kube-system' }, spec })
  await cluster.remove(Pod, { name: 'p', namespace: 'kube-system' }, { gracePeriodSeconds: 0 })
  await clock.advance(5 * 60_000)
  watching.unsubscribe()
}

/** Every record that the store has, after the same requests. */
async function recordsAfterUse(seed: number): Promise<string[]> {
  const clock = new VirtualClock()
  const { server, storage, close } = await start(seed, clock)
  await use(server.cluster({ name: 'someone', groups: ['system:masters'] }), clock)
  const { entries } = await storage.range('')
  await close()
  return entries.map(
    ({ key, value, created, modified }) => `${key} ${created} ${modified} ${value}`,
  )
}

describe("a World's server", () => {
  it('serves what is defined from the beginning, with defaults and rules', async () => {
    const { server, close } = await start()
    const cluster = server.cluster()
    const created = await cluster.create(Site, site('a'))
    assert.equal(created.spec?.replicas, 1)
    await assert.rejects(cluster.create(Site, site('b', 100)), { reason: 'Invalid' })
    await close()
  })

  it('holds all that a server would put in place', async () => {
    const { storage, close } = await start()
    const again = new MemoryStorage(storage.snapshot())
    const clock = new VirtualClock()
    const server = await createApiServer({
      storage: again,
      clock,
      random: seededRandom(1),
      report: assert.ifError,
    })
    await clock.advance(5 * 60_000)
    assert.equal(await again.revision(), await storage.revision())
    await server.close(0)
    await close()
  })

  it('says why a definition is not served', async () => {
    const both = [definitionOf('Site', 'sites'), definitionOf('Site', 'sitez')]
    const clock = new VirtualClock()
    const ports = { clock, random: seededRandom(1), report: assert.ifError }
    await assert.rejects(
      startWorldServer({ ...ports, definitions: both }),
      /v1 of sitez\.demo\.example\.com is not served: .*"SiteList" is already in use/,
    )
  })

  it('ends with the same records, byte for byte, after the same requests with the same seed', async () => {
    const records = await recordsAfterUse(7)
    assert.deepEqual(await recordsAfterUse(7), records)
    assert.notDeepEqual(await recordsAfterUse(8), records)
  })

  it('shares no write with another that began as the same records', async () => {
    const [one, other] = await Promise.all([start(), start()])
    await one.server.cluster().create(Site, site('a'))
    assert.equal(await other.server.cluster().get(Site, site('a').metadata as never), undefined)
    await one.close()
    await other.close()
  })

  it('asks the process for nothing but turns of the event loop: no timers, threads, files or sockets', async () => {
    await (await start()).close()
    const asked = new Set<string>()
    const hook = createHook({ init: (_id, type) => void asked.add(type) }).enable()
    await recordsAfterUse(1)
    hook.disable()
    const turns = ['PROMISE', 'Microtask', 'TickObject', 'Immediate']
    assert.deepEqual(
      [...asked].filter((type) => !turns.includes(type)),
      [],
    )
    assert.ok(asked.has('PROMISE'))
  })

  it('leaves nothing that would happen later when it is closed, however often', async () => {
    const clock = new VirtualClock()
    for (let count = 0; count < 100; count++) {
      const { server, close } = await start(count, clock)
      let ended = false
      const complete = () => {
        ended = true
      }
      server.cluster().watch(Site, {}).subscribe({ complete })
      await server.cluster().create(Site, site('a'))
      assert.notEqual(clock.next(), undefined)
      await close()
      assert.ok(ended)
      assert.equal(clock.next(), undefined)
    }
    await drain()
    assert.equal(clock.next(), undefined)
  })
})
