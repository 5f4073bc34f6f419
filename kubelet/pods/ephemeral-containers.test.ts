import assert from 'node:assert/strict'
import type { ContainerStatus, Pod } from '../../api/types.ts'
import { Event as EventKind, Pod as PodKind } from '../../controllers/framework/index.ts'
import { container, Stage } from './stage.ts'

const second = 1000
const minute = 60 * second

type Ephemeral = NonNullable<NonNullable<Pod['spec']>['ephemeralContainers']>[number]

describe('ephemeral containers', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = new Stage()
    await stage.start()
  })
  afterEach(() => stage.close())

  const add = async (...ephemeralContainers: Ephemeral[]) => {
    const patch = { type: 'merge', body: { spec: { ephemeralContainers } } } as const
    await stage.cluster.patch(PodKind, { namespace: 'default', name: 'web' }, patch)
    await stage.pass(0)
  }
  const debug = (changes: Partial<Ephemeral> = {}): Ephemeral => ({
    name: 'debug',
    image: 'localhost/tools:1',
    ...changes,
  })
  const status = (): ContainerStatus | undefined =>
    stage.pod().status?.ephemeralContainerStatuses?.[0]

  it('start in a running pod, beside the others', async () => {
    await stage.create({})
    await add(debug())
    assert.match(status()?.containerID ?? '', /^simulated:/)
    assert.ok(status()?.state?.running)
    assert.deepEqual(stage.calls, ['sandbox web/0', 'create main/0', 'create debug/0'])
    const started = stage.cluster.all(EventKind).filter(({ reason }) => reason === 'Started')
    assert.equal(started.at(-1)?.involvedObject.fieldPath, 'spec.ephemeralContainers{debug}')
  })

  it('start while the pod is still initialising', async () => {
    await stage.create({ initContainers: [container('first')] })
    await add(debug())
    assert.equal(stage.pod().status?.phase, 'Pending')
    assert.ok(status()?.state?.running)
  })

  it('are never started again, and do not count for what the pod is', async () => {
    const annotations = { 'tiphys.dev/simulated-exit': 'debug=3@5s' }
    await stage.create({}, { annotations })
    await add(debug())
    await stage.pass(10 * minute)
    assert.equal(status()?.state?.terminated?.exitCode, 3)
    assert.equal(status()?.restartCount, 0)
    assert.equal(stage.calls.filter((call) => call === 'create debug/0').length, 1)
    assert.equal(stage.pod().status?.phase, 'Running')
    assert.equal(stage.condition('Ready'), 'True')
  })

  it('are not started again in a new sandbox, by a new agent either', async () => {
    await stage.create({})
    await add(debug())
    const [sandbox] = await stage.runtime.sandboxes()
    await stage.runtime.stopSandbox(sandbox?.id ?? '')
    await stage.pass(minute)
    assert.ok(stage.calls.includes('sandbox web/1'))
    await stage.node.close()
    await stage.start()
    await stage.pass(minute)
    assert.equal(stage.calls.filter((call) => call === 'create debug/0').length, 1)
    assert.equal(status()?.state?.terminated?.exitCode, 137)
  })

  it('end with the pod that they were added to', async () => {
    await stage.create(
      { restartPolicy: 'Never' },
      { annotations: { 'tiphys.dev/simulated-exit': 'main=0@5s' } },
    )
    await add(debug())
    await stage.pass(minute)
    assert.equal(stage.pod().status?.phase, 'Succeeded')
    assert.ok(status()?.state?.terminated)
  })

  it('see the processes of their target, which must run', async () => {
    const targets: (string | undefined)[] = []
    const { createContainer } = stage.runtime
    stage.runtime.createContainer = (sandboxId, config, sandbox) => {
      if (config.name === 'debug') targets.push(config.sharesProcessesOf)
      return createContainer(sandboxId, config, sandbox)
    }
    await stage.create({})
    await add(debug({ targetContainerName: 'other' }))
    const waiting = status()?.state?.waiting
    assert.equal(waiting?.reason, 'CreateContainerConfigError')
    assert.equal(waiting?.message, 'unable to find target container "other"')
    await add(debug({ targetContainerName: 'main' }))
    await stage.pass(minute)
    const id = stage.container('main').containerID?.replace('simulated://', '')
    assert.deepEqual(targets, [id])
  })

  it('wait for an image that cannot be pulled', async () => {
    await stage.create({})
    await add(debug({ image: 'registry.invalid/tools:1' }))
    assert.equal(status()?.state?.waiting?.reason, 'ErrImagePull')
    await stage.pass(minute)
    assert.equal(status()?.state?.waiting?.reason, 'ImagePullBackOff')
  })

  it('that ask for what the node cannot give do not start', async () => {
    await stage.create({})
    await add(debug({ securityContext: { procMount: 'Unmasked' } }))
    assert.match(status()?.state?.waiting?.message ?? '', /procMount: Unmasked/)
    assert.equal(stage.pod().status?.phase, 'Running')
  })
})
