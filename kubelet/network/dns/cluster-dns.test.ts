import assert from 'node:assert/strict'
import { ApiError, Informers, Service } from '../../../controllers/framework/index.ts'
import { MemoryCluster } from '../../../controllers/framework/memory-cluster.ts'
import { seededRandom } from '../../../ports/random.ts'
import { VirtualClock } from '../../../ports/virtual-clock.ts'
import { NetworkObjects } from '../network-objects.ts'
import { ClusterDns } from './cluster-dns.ts'
import type { Zone } from './records.ts'
import type { DnsServer } from './server.ts'

const second = 1000
const name = { namespace: 'kube-system', name: 'kube-dns' }

class Stage {
  readonly clock = new VirtualClock()
  refuse: ((verb: string) => void) | undefined
  readonly cluster = new MemoryCluster({
    clock: this.clock,
    random: seededRandom(1),
    intercept: ({ verb }) => this.refuse?.(verb),
  })
  readonly informers = new Informers({
    cluster: this.cluster,
    clock: this.clock,
    random: seededRandom(2),
  })
  readonly objects = new NetworkObjects(this.informers, 'here')
  readonly errors: string[] = []
  zone: (() => Zone) | undefined
  closed = 0
  listen: () => Promise<void> = async () => {}
  readonly dns = new ClusterDns({
    cluster: this.cluster,
    clock: this.clock,
    objects: this.objects,
    address: '10.96.0.10',
    domain: 'cluster.local',
    listen: async (zone): Promise<DnsServer> => {
      await this.listen()
      this.zone = zone
      return {
        port: 53,
        close: async () => {
          this.closed++
        },
      }
    },
    onError: ({ message }) => this.errors.push(message),
  })

  async begin(): Promise<void> {
    this.dns.start()
    await this.clock.advance(0)
    void this.dns.begin()
    await this.clock.advance(0)
  }

  creations(): number {
    return this.cluster.requests.filter((request) => request.startsWith('create services')).length
  }
}

describe('cluster DNS on a node', () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(async () => {
    await stage.dns.stop()
    stage.informers.stop()
  })

  it('answers with the services of the moment', async () => {
    await stage.begin()
    assert.equal(stage.dns.problem, '')
    const asked = () => stage.zone?.().answer('web.default.svc.cluster.local', 'A').found
    assert.equal(asked(), false)
    await stage.cluster.create(Service, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { clusterIP: '10.96.0.20' },
    })
    await stage.clock.advance(10)
    assert.equal(asked(), true)
  })

  it('makes itself known once, and leaves what is there alone', async () => {
    await stage.begin()
    const service = await stage.cluster.get(Service, name)
    assert.equal(service?.spec?.clusterIP, '10.96.0.10')
    assert.equal(service?.metadata.labels?.['k8s-app'], 'kube-dns')
    void stage.dns.begin()
    await stage.clock.advance(60 * second)
    assert.equal(stage.creations(), 1)
    assert.deepEqual(stage.errors, [])
  })

  it('is content when another node was quicker', async () => {
    stage.refuse = (verb) => {
      if (verb === 'create') throw new ApiError(409, 'AlreadyExists', 'there already')
    }
    await stage.begin()
    await stage.clock.advance(60 * second)
    assert.deepEqual([stage.creations(), stage.errors], [1, []])
  })

  it('tries again to make itself known while the API server refuses', async () => {
    stage.refuse = (verb) => {
      if (verb === 'create') throw new ApiError(500, 'InternalError', 'not now')
    }
    await stage.begin()
    await stage.clock.advance(1500)
    assert.deepEqual(stage.errors, ['not now', 'not now'])
    stage.refuse = undefined
    await stage.clock.advance(second)
    assert.ok(await stage.cluster.get(Service, name))
  })

  it('says why it cannot listen, and tries again each second', async () => {
    stage.listen = () => Promise.reject(new Error('address in use'))
    await stage.begin()
    assert.equal(stage.dns.problem, 'cluster DNS cannot listen on 10.96.0.10:53: address in use')
    stage.listen = async () => {}
    await stage.clock.advance(second)
    assert.equal(stage.dns.problem, '')
    await stage.dns.stop()
    assert.equal(stage.closed, 1)
  })

  it('closes a server that came up while it was stopped', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    stage.listen = () => promise
    await stage.begin()
    await stage.dns.stop()
    resolve()
    await stage.clock.advance(second)
    assert.equal(stage.closed, 1)
  })
})
