import assert from 'node:assert/strict'
import { Informers, Service } from '../../../controllers/framework/index.ts'
import { seededRandom } from '../../../ports/random.ts'
import { type IdleProcess, startIdleProcess } from '../../../world/testing.ts'
import { NetworkObjects } from '../network-objects.ts'
import { ServiceProxy } from './service-proxy.ts'
import { Table } from './table.ts'

const second = 1000

/** A proxy whose kernel is a list of scripts. */
class Stage {
  readonly idle: IdleProcess
  /** The API server does not answer for this kind. */
  silent: string | undefined
  readonly informers: Informers
  readonly objects: NetworkObjects
  readonly scripts: string[] = []
  readonly errors: string[] = []
  refusal: string | undefined
  present = true
  readonly proxy: ServiceProxy

  constructor(idle: IdleProcess) {
    this.idle = idle
    const { clock, cluster } = idle
    this.informers = new Informers({ cluster, clock, random: seededRandom(2) })
    this.objects = new NetworkObjects(this.informers, 'here')
    this.proxy = new ServiceProxy({
      objects: this.objects,
      table: new Table('t', async (args, script) => {
        if (args[0] === 'list') return this.present ? 'table inet t\n' : ''
        if (this.refusal !== undefined) throw new Error(this.refusal)
        this.scripts.push(script ?? '')
        this.present = true
        return ''
      }),
      nodeName: 'here',
      rules: {
        table: 't',
        bridge: 'b0',
        clusterCidr: '10.244.0.0/16',
        serviceCidr: '10.96.0.0/16',
        podCidr: '10.244.0.0/24',
        nodeAddresses: ['127.0.0.1'],
        localServices: [],
        masqueradePods: false,
      },
      clock,
      onError: ({ message }) => this.errors.push(message),
    })
  }

  static async make(): Promise<Stage> {
    const idle = await startIdleProcess(({ kind }) =>
      kind && kind.kind === stage.silent ? { type: 'lose', applied: false } : undefined,
    )
    const stage = new Stage(idle)
    return stage
  }

  get clock() {
    return this.idle.clock
  }

  async start(): Promise<void> {
    this.proxy.start()
    void this.objects.whenSynced(AbortSignal.any([])).then(() => this.proxy.begin())
    await this.clock.advance(0)
  }

  async service(name: string, nodePort: number): Promise<void> {
    await this.idle.cluster.create(Service, {
      metadata: { name, namespace: 'default' },
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
    })
    await this.clock.advance(0)
  }

  async stop(): Promise<void> {
    this.proxy.stop()
    this.informers.stop()
    await this.idle.close()
  }
}

describe('the service proxy', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = await Stage.make()
  })
  afterEach(() => stage.stop())

  it('leaves the rules of an earlier run in force until everything is known', async () => {
    stage.silent = 'Pod'
    await stage.start()
    await stage.service('web', 30001)
    await stage.clock.advance(10 * second)
    assert.deepEqual(stage.scripts, [])
    assert.match(stage.proxy.problem, /has not applied its rules yet/)
    stage.silent = undefined
    await stage.clock.advance(60 * second)
    assert.equal(stage.scripts.length, 1)
    assert.match(stage.scripts[0] ?? '', /tcp \. 30001/)
    assert.equal(stage.proxy.problem, '')
  })

  it('builds the table once, then changes what has changed', async () => {
    await stage.start()
    await stage.service('web', 30001)
    await stage.clock.advance(second)
    const [whole = '', change = ''] = stage.scripts
    assert.match(whole, /delete table inet t/)
    assert.equal(change, 'add element inet t closed-ports { tcp . 30001 }\n')
    assert.equal(stage.scripts.length, 2)
  })

  it('takes a storm of changes together', async () => {
    await stage.start()
    await stage.clock.advance(second)
    const before = stage.scripts.length
    for (let at = 0; at < 50; at++) await stage.service(`s${at}`, 30_000 + at)
    await stage.clock.advance(second)
    assert.equal(stage.scripts.length - before, 2)
  })

  it('says what the kernel refuses, and tries again each second', async () => {
    stage.refusal = 'no such thing'
    await stage.start()
    await stage.clock.advance(2500)
    assert.equal(stage.errors.length, 3)
    assert.match(stage.proxy.problem, /cannot apply its rules: no such thing/)
    stage.refusal = undefined
    await stage.clock.advance(second)
    assert.equal(stage.proxy.problem, '')
    assert.match(stage.scripts[0] ?? '', /delete table inet t/)
    assert.equal(stage.scripts.length, 1)
  })

  it('builds the table anew when somebody has removed it', async () => {
    await stage.start()
    await stage.service('web', 30001)
    await stage.clock.advance(second)
    stage.present = false
    stage.scripts.length = 0
    await stage.clock.advance(31 * second)
    assert.equal(stage.scripts.length, 1)
    assert.match(stage.scripts[0] ?? '', /^add table inet t\n/)
    assert.match(stage.scripts[0] ?? '', /tcp \. 30001/)
    await stage.clock.advance(60 * second)
    assert.equal(stage.scripts.length, 1)
  })

  it('does nothing any more when stopped', async () => {
    await stage.start()
    await stage.clock.advance(second)
    stage.proxy.stop()
    stage.present = false
    stage.scripts.length = 0
    await stage.service('late', 30002)
    await stage.clock.advance(120 * second)
    assert.deepEqual(stage.scripts, [])
  })
})
