/** What every runtime does, whatever it is made of. Each case makes its own sandbox and removes it. */

import assert from 'node:assert/strict'
import { firstValueFrom } from 'rxjs'
import { filter } from 'rxjs/operators'
import {
  type ContainerConfig,
  type Runtime,
  RuntimeError,
  type RuntimeErrorCode,
  type SandboxConfig,
} from './runtime.ts'

export interface RuntimeHarness {
  runtime: Runtime
  /** An image that is there, and one that is nowhere. */
  image: string
  absentImage: string
  logDirectory: string
  cgroupParent: string
  /** Configuration of a container that ends with `code` soon after its start. */
  ends(code: number): Partial<ContainerConfig>
  /** Configuration of a container that runs until stopped, and then ends by itself at once. */
  runs(): Partial<ContainerConfig>
  /** Resolves when the container heeds, or ignores, SIGTERM as it should: a process needs a moment for that. */
  ready(id: string): Promise<void>
  /** Configuration of a container that does not heed SIGTERM. */
  ignoresStop(): Partial<ContainerConfig>
  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>
}

const security = {
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  seccomp: 'RuntimeDefault',
}

const isCode = (code: RuntimeErrorCode) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code

export function runtimeCases(harness: () => RuntimeHarness): void {
  let pods = 0
  const made: string[] = []

  const sandboxConfig = (): SandboxConfig => {
    const { logDirectory, cgroupParent } = harness()
    const name = `pod-${pods++}`
    return {
      pod: { namespace: 'cases', name, uid: `uid-${name}` },
      attempt: 0,
      hostname: '',
      logDirectory: `${logDirectory}/${name}`,
      portMappings: [],
      labels: { app: name },
      annotations: { note: 'kept' },
      hostNetwork: true,
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
      cgroupParent,
      sysctls: {},
      security,
    }
  }
  const containerConfig = (changes: Partial<ContainerConfig>): ContainerConfig => ({
    name: 'main',
    attempt: 0,
    image: harness().image,
    command: [],
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    labels: { role: 'test' },
    annotations: {},
    logPath: 'main/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: { cpuPeriod: 100_000, cpuQuota: 0, cpuShares: 2, memoryLimit: 0, oomScoreAdj: 1000 },
    security,
    ...changes,
  })

  async function sandbox() {
    const config = sandboxConfig()
    const id = await harness().settle(harness().runtime.runSandbox(config))
    made.push(id)
    return { id, config }
  }
  async function started(changes: Partial<ContainerConfig>) {
    const { runtime, settle } = harness()
    const { id: sandboxId, config } = await sandbox()
    const id = await settle(runtime.createContainer(sandboxId, containerConfig(changes), config))
    await settle(runtime.startContainer(id))
    await harness().ready(id)
    return { id, sandboxId, config }
  }

  afterEach(async () => {
    const { runtime, settle } = harness()
    for (const id of made.splice(0)) await settle(runtime.removeSandbox(id))
  })

  it('runs a sandbox that it lists with what it was given', async () => {
    const { runtime } = harness()
    const { id, config } = await sandbox()
    const found = await runtime.sandbox(id)
    assert.equal(found.state, 'ready')
    assert.deepEqual(found.pod, config.pod)
    assert.deepEqual(found.labels, config.labels)
    assert.equal(found.annotations.note, 'kept')
    assert.ok((await runtime.sandboxes()).some((one) => one.id === id))
  })

  it('stops a sandbox, which stays known until it is removed', async () => {
    const { runtime, settle } = harness()
    const { id } = await sandbox()
    await settle(runtime.stopSandbox(id))
    assert.equal((await runtime.sandbox(id)).state, 'notReady')
    await settle(runtime.removeSandbox(id))
    await assert.rejects(runtime.sandbox(id), isCode('notFound'))
  })

  it('refuses a second sandbox of the same pod and attempt', async () => {
    const { config } = await sandbox()
    const { runtime, settle } = harness()
    await assert.rejects(settle(runtime.runSandbox(config)), RuntimeError)
  })

  it('creates a container, then starts it', async () => {
    const { runtime, runs, settle } = harness()
    const { id: sandboxId, config } = await sandbox()
    const id = await settle(runtime.createContainer(sandboxId, containerConfig(runs()), config))
    const created = await runtime.container(id)
    assert.equal(created.state, 'created')
    assert.equal(created.startedAt, 0)
    assert.equal(created.sandboxId, sandboxId)
    await settle(runtime.startContainer(id))
    const running = await runtime.container(id)
    assert.equal(running.state, 'running')
    assert.ok(running.startedAt > 0)
    assert.deepEqual(running.labels, { role: 'test' })
    assert.ok((await runtime.containers()).some((one) => one.id === id))
  })

  it('refuses a second container of the same name and attempt', async () => {
    const { runtime, runs, settle } = harness()
    const { sandboxId, config } = await started(runs())
    const again = containerConfig(runs())
    await assert.rejects(settle(runtime.createContainer(sandboxId, again, config)), RuntimeError)
  })

  it('tells when a container has ended, and how', async () => {
    const { runtime, ends, settle } = harness()
    const { id: sandboxId, config } = await sandbox()
    const id = await settle(runtime.createContainer(sandboxId, containerConfig(ends(3)), config))
    const told = firstValueFrom(
      runtime.events.pipe(filter(({ containerId }) => containerId === id)),
    )
    await settle(runtime.startContainer(id))
    await settle(told)
    const ended = await runtime.container(id)
    assert.equal(ended.state, 'exited')
    assert.equal(ended.exitCode, 3)
    assert.equal(ended.reason, 'Error')
    assert.ok(ended.finishedAt > 0)
  })

  it('calls an end with code 0 completed', async () => {
    const { runtime, ends, settle } = harness()
    const { id: sandboxId, config } = await sandbox()
    const id = await settle(runtime.createContainer(sandboxId, containerConfig(ends(0)), config))
    const told = firstValueFrom(
      runtime.events.pipe(filter(({ containerId }) => containerId === id)),
    )
    await settle(runtime.startContainer(id))
    await settle(told)
    const ended = await runtime.container(id)
    assert.deepEqual([ended.exitCode, ended.reason], [0, 'Completed'])
  })

  it('stops a container with SIGTERM', async () => {
    const { runtime, runs, settle } = harness()
    const { id } = await started(runs())
    await settle(runtime.stopContainer(id, 30))
    assert.equal((await runtime.container(id)).state, 'exited')
  })

  it('kills a container that does not heed SIGTERM when its grace is over', async () => {
    const { runtime, ignoresStop, settle } = harness()
    const { id } = await started(ignoresStop())
    await settle(runtime.stopContainer(id, 1))
    const ended = await runtime.container(id)
    assert.deepEqual([ended.state, ended.exitCode], ['exited', 137])
  })

  it('takes a shorter grace while a longer one is running', async () => {
    const { runtime, ignoresStop, settle } = harness()
    const { id } = await started(ignoresStop())
    const long = runtime.stopContainer(id, 1000)
    await settle(runtime.stopContainer(id, 0))
    await settle(long)
    assert.equal((await runtime.container(id)).state, 'exited')
  })

  it('ends containers with their sandbox, and removes them with it', async () => {
    const { runtime, runs, settle } = harness()
    const { id, sandboxId } = await started(runs())
    await settle(runtime.stopSandbox(sandboxId))
    assert.equal((await runtime.container(id)).state, 'exited')
    await settle(runtime.removeSandbox(sandboxId))
    await assert.rejects(runtime.container(id), isCode('notFound'))
  })

  it('succeeds in stopping and removing what is not there', async () => {
    const { runtime } = harness()
    await runtime.stopContainer('nothing', 1)
    await runtime.removeContainer('nothing')
    await runtime.stopSandbox('nothing')
    await runtime.removeSandbox('nothing')
  })

  it('says notFound of what it does not know', async () => {
    const { runtime } = harness()
    await assert.rejects(runtime.container('nothing'), isCode('notFound'))
    await assert.rejects(runtime.sandbox('nothing'), isCode('notFound'))
  })

  it('runs commands in a running container only', async () => {
    const { runtime, runs, settle } = harness()
    const { id } = await started(runs())
    assert.equal((await runtime.exec(id, ['true'], 5)).exitCode, 0)
    await settle(runtime.stopContainer(id, 30))
    await assert.rejects(runtime.exec(id, ['true'], 5), RuntimeError)
  })

  it('changes with how much a running container runs, of one that it knows', async () => {
    const { runtime, runs, settle } = harness()
    const { id } = await started(runs())
    const resources = { ...containerConfig({}).resources, cpuQuota: 50_000, memoryLimit: 64 << 20 }
    await settle(runtime.updateResources(id, resources))
    assert.equal((await runtime.container(id)).state, 'running')
    await assert.rejects(settle(runtime.updateResources('nothing', resources)), isCode('notFound'))
  })

  it('knows which images are there', async () => {
    const { runtime, image, absentImage, settle } = harness()
    assert.ok((await runtime.image(image))?.id)
    assert.equal(await runtime.image(absentImage), undefined)
    await assert.rejects(settle(runtime.pullImage(absentImage)), RuntimeError)
  })
}
