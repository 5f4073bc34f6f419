import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../ports/system-clock.ts'
import { until } from '../wait.ts'
import type { ComponentSpec, ComponentStatus } from './keeper.ts'
import { identify, isAlive } from './process.ts'
import { askSupervisor, supervisorStatus } from './protocol.ts'

const main = join(import.meta.dirname, 'main.ts')

describe('the supervisor process', () => {
  let directory: string
  let socket: string
  const started: ChildProcess[] = []

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'supervisor-'))
    socket = join(directory, 'supervisor.sock')
  })

  afterEach(async () => {
    if (await supervisorStatus(socket)) await askSupervisor(socket, { command: 'shutdown' })
    for (const child of started.splice(0)) child.kill('SIGKILL')
    rmSync(directory, { recursive: true })
  })

  async function startSupervisor(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [main, directory], { stdio: 'ignore' })
    started.push(child)
    await soon('the supervisor', async () => (await supervisorStatus(socket)) && true)
    return child
  }

  const sleeper: () => ComponentSpec = () => ({
    name: 'sleeper',
    program: 'sh',
    args: ['-c', 'echo began; exec sleep 1000'],
    cwd: directory,
    staleFiles: [],
    env: { PATH: '/usr/bin:/bin' },
    log: join(directory, 'sleeper.log'),
    stopTimeoutMs: 5000,
  })

  const soon = (what: string, ask: () => Promise<true | undefined>) =>
    until(ask, {
      clock: systemClock,
      signal: new AbortController().signal,
      what,
      timeoutMs: 5000,
      intervalMs: 10,
    })

  async function statusOfSleeper(): Promise<ComponentStatus | undefined> {
    return (await supervisorStatus(socket))?.components[0]
  }

  /** The pid of a running sleeper other than `before`. */
  async function nextPid(before = 0): Promise<number> {
    let pid = 0
    await soon('another sleeper', async () => {
      const status = await statusOfSleeper()
      pid = status?.phase === 'running' && status.pid !== before ? (status.pid ?? 0) : 0
      return pid > 0 ? true : undefined
    })
    return pid
  }

  it('starts what it is told, logs its output, and starts it again when it is killed', async () => {
    await startSupervisor()
    await askSupervisor(socket, { command: 'start', spec: sleeper() })
    const first = await nextPid()
    process.kill(first, 'SIGKILL')
    await nextPid(first)
    assert.equal((await statusOfSleeper())?.restarts, 1)
    await soon('two lines', async () =>
      readFileSync(join(directory, 'sleeper.log'), 'utf8') === 'began\nbegan\n' ? true : undefined,
    )
  })

  it('is taken over when it is killed: what ran, runs on', async () => {
    const first = await startSupervisor()
    await askSupervisor(socket, { command: 'start', spec: sleeper() })
    const pid = await nextPid()
    first.kill('SIGKILL')
    await once(first, 'exit')
    await startSupervisor()
    assert.equal(await nextPid(), pid)
    process.kill(pid, 'SIGKILL')
    assert.notEqual(await nextPid(pid), pid)
  })

  it('lets no second one run', async () => {
    await startSupervisor()
    const second = spawn(process.execPath, [main, directory], { stdio: 'ignore' })
    started.push(second)
    const [code] = await once(second, 'exit')
    assert.equal(code, 0)
    assert.ok(await supervisorStatus(socket))
  })

  it('ends everything before itself when it is shut down', async () => {
    const supervisor = await startSupervisor()
    await askSupervisor(socket, { command: 'start', spec: sleeper() })
    const sleeping = identify(await nextPid())!
    const ended = once(supervisor, 'exit')
    await askSupervisor(socket, { command: 'shutdown' })
    await ended
    assert.equal(isAlive(sleeping), false)
    assert.equal(await supervisorStatus(socket), undefined)
  })

  it('refuses what it does not know', async () => {
    await startSupervisor()
    await assert.rejects(askSupervisor(socket, { command: 'dance' } as never), /unknown request/)
  })
})
