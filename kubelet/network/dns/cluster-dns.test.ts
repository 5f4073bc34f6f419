import assert from 'node:assert/strict'
import { ApiError, Informers, Service } from '../../../controllers/framework/index.ts'
import { seededRandom } from '../../../ports/random.ts'
import type { Fault } from '../../../world/index.ts'
import { type IdleProcess, startIdleProcess } from '../../../world/testing.ts'
import { NetworkObjects } from '../network-objects.ts'
import { ClusterDns } from './cluster-dns.ts'
import type { Zone } from './records.ts'
import type { DnsServer } from './server.ts'

const second = 1000
const name = { namespace: 'kube-system', name: 'kube-dns' }

class Stage {
  readonly idle: IdleProcess
  /** What becomes of creations. */
  refuse: (() => Fault) | undefined
  creations = 0
  readonly informers: Informers
  readonly objects: NetworkObjects
  readonly errors: string[] = []
  zone: (() => Zone) | undefined
  closed = 0
  listen: () => Promise<void> = async () => {}
  readonly dns: ClusterDns

  constructor(idle: IdleProcess) {
    this.idle = idle
    const { clock, cluster } = idle
    this.informers = new Informers({ cluster, clock, random: seededRandom(2) })
    this.objects = new NetworkObjects(this.informers, 'here')
    this.dns = new ClusterDns({
      cluster,
      clock,
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
  }

  static async start(): Promise<Stage> {
    const idle = await startIdleProcess(({ verb, kind }) => {
      if (verb !== 'create' || kind?.plural !== Service.plural) return undefined
      stage.creations++
      return stage.refuse?.()
    })
    const stage = new Stage(idle)
    return stage
  }

  get clock() {
    return this.idle.clock
  }

  get cluster() {
    return this.idle.cluster
  }

  async begin(): Promise<void> {
    this.dns.start()
    await this.clock.advance(0)
    void this.dns.begin()
    await this.clock.advance(0)
  }
}

describe('cluster DNS on a node', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.start()
  })
  afterEach(async () => {
    await stage.dns.stop()
    stage.informers.stop()
    await stage.idle.close()
  })

  it('answers with the services of the moment', async () => {
    await stage.begin()
    assert.equal(stage.dns.problem, '')
    const asked = () => stage.zone?.().answer('web.default.svc.cluster.local', 'A').found
    assert.equal(asked(), false)
    await stage.cluster.create(Service, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { clusterIP: '10.96.0.20', ports: [{ port: 80 }] },
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
    assert.equal(stage.creations, 1)
    assert.deepEqual(stage.errors, [])
  })

  it('is content when another node was quicker', async () => {
    const error = new ApiError(409, 'AlreadyExists', 'there already')
    stage.refuse = () => ({ type: 'refuse', error })
    await stage.begin()
    await stage.clock.advance(60 * second)
    assert.deepEqual([stage.creations, stage.errors], [1, []])
  })

  it('tries again to make itself known while the API server refuses', async () => {
    const error = new ApiError(500, 'InternalError', 'not now')
    stage.refuse = () => ({ type: 'refuse', error })
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
