import assert from 'node:assert/strict'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { type ComponentSpec, Keeper, type Processes, type Supervised } from './keeper.ts'
import type { ProcessIdentity } from './process.ts'

const spec = (name: string, args: string[] = []): ComponentSpec => ({
  name,
  program: `/bin/${name}`,
  args,
  cwd: '/',
  staleFiles: [],
  env: {},
  log: `/log/${name}`,
  stopTimeoutMs: 1000,
})

interface Fake extends ProcessIdentity {
  spec: string
  alive: boolean
  ended?: (how: string) => void
}

/** An operating system in memory; processes end on SIGTERM unless they are stubborn. */
class FakeProcesses implements Processes {
  readonly all: Fake[] = []
  readonly signals: string[] = []
  stubborn = false

  spawn({ name }: ComponentSpec, ended: (how: string) => void): ProcessIdentity {
    const process = { pid: this.all.length + 1, startTime: 7, spec: name, alive: true, ended }
    this.all.push(process)
    return { pid: process.pid, startTime: process.startTime }
  }

  isAlive({ pid, startTime }: ProcessIdentity): boolean {
    return this.all.some((p) => p.pid === pid && p.startTime === startTime && p.alive)
  }

  signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
    this.signals.push(name)
    if (name === 'SIGKILL' || !this.stubborn) this.kill(pid, `signal ${name}`)
  }

  kill(pid: number, how = 'signal SIGKILL'): void {
    const process = this.all.find((p) => p.pid === pid && p.alive)
    if (!process) return
    process.alive = false
    process.ended?.(how)
  }

  running(): string[] {
    return this.all.filter((p) => p.alive).map((p) => `${p.spec}:${p.pid}`)
  }
}

function setUp() {
  const clock = new VirtualClock()
  const processes = new FakeProcesses()
  let saved: Supervised[] = []
  const keeper = new Keeper({
    clock,
    processes,
    save: (supervised) => {
      saved = structuredClone(supervised)
    },
    log: () => undefined,
  })
  return { clock, processes, keeper, saved: () => saved }
}

describe('the keeper of processes', () => {
  it('starts a killed process again within a second', async () => {
    const { clock, processes, keeper } = setUp()
    await keeper.start(spec('etcd'))
    processes.kill(1)
    assert.deepEqual(processes.running(), [])
    await clock.advance(1000)
    assert.deepEqual(processes.running(), ['etcd:2'])
    assert.equal(keeper.status()[0]?.restarts, 1)
  })

  it('leaves a component alone that runs as it is asked to', async () => {
    const { processes, keeper } = setUp()
    await keeper.start(spec('etcd'))
    await keeper.start(spec('etcd'))
    assert.deepEqual(processes.running(), ['etcd:1'])
  })

  it('restarts a component whose specification changed', async () => {
    const { processes, keeper } = setUp()
    await keeper.start(spec('etcd'))
    await keeper.start(spec('etcd', ['--quota=1']))
    assert.deepEqual(processes.running(), ['etcd:2'])
    assert.deepEqual(processes.signals, ['SIGTERM'])
  })

  it('kills what does not end in time', async () => {
    const { clock, processes, keeper } = setUp()
    processes.stubborn = true
    await keeper.start(spec('etcd'))
    const stopped = keeper.stop('etcd')
    await clock.advance(999)
    assert.deepEqual(processes.signals, ['SIGTERM'])
    await clock.advance(1)
    await stopped
    assert.deepEqual(processes.signals, ['SIGTERM', 'SIGKILL'])
    assert.deepEqual(keeper.status(), [])
  })

  it('ends everything, last started first, and starts nothing again', async () => {
    const { clock, processes, keeper, saved } = setUp()
    await keeper.start(spec('etcd'))
    await keeper.start(spec('apiserver'))
    await keeper.stopAll()
    await clock.advance(60_000)
    assert.deepEqual(processes.running(), [])
    assert.deepEqual(saved(), [])
  })

  it('does not start a waiting process that was told to stop', async () => {
    const { clock, processes, keeper } = setUp()
    await keeper.start(spec('etcd'))
    processes.kill(1)
    await keeper.stop('etcd')
    await clock.advance(60_000)
    assert.equal(processes.all.length, 1)
  })

  describe('after another keeper died', () => {
    it('watches what still runs and restarts it when it ends', async () => {
      const first = setUp()
      await first.keeper.start(spec('etcd'))
      const second = setUp()
      second.processes.all.push({ pid: 1, startTime: 7, spec: 'etcd', alive: true })
      second.keeper.takeOver(first.saved())
      await second.clock.advance(5000)
      assert.deepEqual(second.processes.running(), ['etcd:1'])
      second.processes.kill(1)
      await second.clock.advance(1000)
      assert.deepEqual(second.processes.running(), ['etcd:2'])
    })

    it('starts what died meanwhile, even when its id belongs to somebody else now', async () => {
      const first = setUp()
      await first.keeper.start(spec('etcd'))
      const second = setUp()
      second.processes.all.push({ pid: 1, startTime: 99, spec: 'somebody', alive: true })
      second.keeper.takeOver(first.saved())
      assert.deepEqual(second.processes.running(), ['somebody:1', 'etcd:2'])
    })

    it('can stop a process that is not its child', async () => {
      const first = setUp()
      await first.keeper.start(spec('etcd'))
      const second = setUp()
      second.processes.all.push({ pid: 1, startTime: 7, spec: 'etcd', alive: true })
      second.keeper.takeOver(first.saved())
      const stopped = second.keeper.stop('etcd')
      await second.clock.advance(1000)
      await stopped
      assert.deepEqual(second.processes.running(), [])
    })
  })
})
