import assert from 'node:assert/strict'
import { type RuntimeHarness, runtimeCases } from '../runtime.cases.ts'
import { type ContainerdSuite, cannotRunContainerd, containerdSuite } from './containerd-suite.ts'
import { seccompProfile } from './messages.ts'
import { busyboxImage } from './test-images.ts'
import { testRegistry } from './test-registry.ts'

describe('seccomp profiles as CRI names them', () => {
  it('never lets a relative or climbing path through', () => {
    for (const path of ['', 'profile.json', '/profiles/../../x', '../x'])
      assert.throws(() => seccompProfile(path), /must be an absolute path/)
    assert.deepEqual(seccompProfile('/profiles/x.json'), {
      profile_type: 'Localhost',
      localhost_ref: '/profiles/x.json',
    })
  })
})

const obstacle = cannotRunContainerd()
const title = `CRI runtime on containerd${obstacle ? ` (skipped: ${obstacle})` : ''}`
const suiteOf = obstacle ? describe.skip : describe

suiteOf(title, function () {
  this.timeout(30_000)
  let suite: ContainerdSuite
  before(async () => {
    suite = await containerdSuite()
  })
  after(() => suite?.end())

  const shell = (script: string) => ({ command: ['/bin/sh', '-c', script] })
  const harness = (): RuntimeHarness => ({
    runtime: suite.runtime,
    image: busyboxImage,
    absentImage: 'localhost:1/nothing:1',
    logDirectory: `${suite.directory}/logs`,
    cgroupParent: suite.cgroup,
    ends: (code) => shell(`exit ${code}`),
    runs: () => shell('trap "exit 0" TERM; echo > /ready; while :; do sleep 0.05; done'),
    ignoresStop: () => shell('trap "" TERM; echo > /ready; while :; do sleep 0.05; done'),
    ready: async (id) => {
      while ((await suite.runtime.exec(id, ['cat', '/ready'], 5)).exitCode !== 0);
    },
    settle: (promise) => promise,
  })
  runtimeCases(harness)

  it('says what it is', async () => {
    const { name, version } = await suite.runtime.version()
    assert.equal(name, 'containerd')
    assert.match(version, /^v?\d/)
  })

  it('pulls from a private registry for those who have its password', async () => {
    const { runtime } = suite
    const registry = await testRegistry({ username: 'me', password: 'secret' })
    try {
      const { image } = registry
      await assert.rejects(runtime.pullImage(image), /401|authorization/i)
      const wrong = { username: 'me', password: 'guess' }
      await assert.rejects(runtime.pullImage(image, wrong), /401|authorization/i)
      assert.equal(await runtime.image(image), undefined)
      await runtime.pullImage(image, { username: 'me', password: 'secret' })
      assert.deepEqual((await runtime.image(image))?.tags, [image])
    } finally {
      registry.close()
    }
  })

  it('leaves nothing behind', async () => {
    const traces = await suite.traces()
    assert.deepEqual(
      traces.filter((trace) => !trace.includes(`/${suite.cgroup.slice(1)}`)),
      [],
    )
  })
})
