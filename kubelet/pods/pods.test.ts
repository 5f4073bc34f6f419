import assert from 'node:assert/strict'
import type { Container, Pod } from '../../api/types.ts'
import {
  ConfigMap,
  Event as EventKind,
  Pod as PodKind,
  Secret,
} from '../../controllers/framework/index.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { container, Stage } from './stage.ts'

const second = 1000
const minute = 60 * second

describe('pods of a node', () => {
  let stage: Stage
  beforeEach(async () => {
    stage = new Stage()
    await stage.start()
  })
  afterEach(() => stage.close())

  describe('starting', () => {
    it('runs every container and reports the whole status', async () => {
      await stage.create({ containers: [container('a'), container('b')] })
      const { status } = stage.pod()
      assert.equal(status?.phase, 'Running')
      assert.equal(status?.podIP, '10.244.1.2')
      assert.deepEqual(status?.podIPs, [{ ip: '10.244.1.2' }])
      assert.equal(status?.hostIP, '127.0.0.1')
      assert.equal(status?.startTime, '2026-01-01T00:00:00Z')
      assert.equal(status?.qosClass, 'BestEffort')
      assert.equal(status?.observedGeneration, 1)
      for (const type of [
        'PodReadyToStartContainers',
        'Initialized',
        'ContainersReady',
        'Ready',
        'PodScheduled',
      ])
        assert.equal(stage.condition(type), 'True', type)
      const a = stage.container('a')
      assert.deepEqual(a.state, { running: { startedAt: '2026-01-01T00:00:00Z' } })
      assert.match(a.containerID ?? '', /^simulated:\/\//)
      assert.deepEqual([a.ready, a.started, a.restartCount], [true, true, 0])
      assert.deepEqual(stage.node.errors, [])
    })

    it('tells of each container by its place in the pod, and from which node', async () => {
      await stage.create({ initContainers: [container('first', { restartPolicy: 'Always' })] })
      const started = stage.cluster.all(EventKind).filter(({ reason }) => reason === 'Started')
      assert.deepEqual(
        started.map(({ involvedObject, source }) => [involvedObject.fieldPath, source]),
        ['spec.initContainers{first}', 'spec.containers{main}'].map((place) => [
          place,
          { component: 'kubelet', host: 'node-1' },
        ]),
      )
    })

    it('writes nothing while nothing changes', async () => {
      await stage.create({})
      const before = stage.cluster.writes.length
      await stage.pass(10 * minute)
      assert.equal(stage.cluster.writes.length, before)
    })

    it('waits for ContainerCreating while the sandbox is made', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-start': '3s' } })
      assert.equal(stage.pod().status?.phase, 'Pending')
      assert.equal(stage.container().state?.waiting?.reason, 'ContainerCreating')
      await stage.pass(3 * second)
      assert.equal(stage.pod().status?.phase, 'Running')
    })

    it('starts containers after one with a postStart hook only when the hook has ended', async () => {
      const sleeper = container('a', { lifecycle: { postStart: { sleep: { seconds: 5 } } } })
      await stage.create({ containers: [sleeper, container('b')] })
      await stage.pass(4 * second)
      assert.ok(!stage.calls.includes('create b/0'))
      assert.equal(stage.container('a').ready, false)
      await stage.pass(second)
      assert.ok(stage.calls.includes('create b/0'))
      assert.equal(stage.container('a').ready, true)
    })

    it('keeps the conditions of others', async () => {
      await stage.create({ readinessGates: [{ conditionType: 'example.com/gate' }] })
      assert.equal(stage.condition('ContainersReady'), 'True')
      assert.equal(stage.condition('Ready'), 'False')
      await stage.cluster.patch(
        PodKind,
        { namespace: 'default', name: 'web' },
        {
          type: 'strategic',
          body: { status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } },
        },
        { subresource: 'status' },
      )
      await stage.pass(0)
      assert.equal(stage.condition('Ready'), 'True')
      assert.equal(stage.condition('example.com/gate'), 'True')
    })
  })

  describe('init containers', () => {
    const inits = [container('one'), container('two')]
    const ends = { 'tiphys.dev/simulated-exit': 'one=0@2s,two=0@3s' }

    it('run one after the other, before the others', async () => {
      await stage.create({ initContainers: inits }, { annotations: ends })
      assert.equal(stage.condition('Initialized'), 'False')
      assert.equal(stage.container().state?.waiting?.reason, 'PodInitializing')
      await stage.pass(2 * second)
      assert.deepEqual(stage.calls.slice(1), ['create one/0', 'create two/0'])
      await stage.pass(3 * second)
      assert.equal(stage.pod().status?.phase, 'Running')
      assert.equal(stage.condition('Initialized'), 'True')
      assert.equal(stage.container('one').ready, true)
      assert.equal(stage.container('one').state?.terminated?.reason, 'Completed')
    })

    it('fail the pod when they fail and may not run again', async () => {
      const annotations = { 'tiphys.dev/simulated-exit': 'one=3@2s' }
      await stage.create({ initContainers: inits, restartPolicy: 'Never' }, { annotations })
      await stage.pass(2 * second)
      assert.equal(stage.pod().status?.phase, 'Failed')
      assert.ok(!stage.calls.includes('create main/0'))
    })

    it('that restart always are sidecars: started in order, kept running, stopped last', async () => {
      const sidecar = container('proxy', { restartPolicy: 'Always' })
      const annotations = { 'tiphys.dev/simulated-exit': 'main=0@10s' }
      await stage.create({ initContainers: [sidecar], restartPolicy: 'Never' }, { annotations })
      assert.equal(stage.pod().status?.phase, 'Running')
      assert.equal(stage.container('proxy').started, true)
      await stage.pass(10 * second)
      assert.equal(stage.pod().status?.phase, 'Succeeded')
      assert.ok(stage.container('proxy').state?.terminated)
    })

    it('wait for the startup probe of the sidecar before them', async () => {
      const probe = { exec: { command: ['true'] }, periodSeconds: 1, failureThreshold: 100 }
      const sidecar = container('proxy', { restartPolicy: 'Always', startupProbe: probe })
      const annotations = { 'tiphys.dev/simulated-ready': '5s' }
      await stage.create({ initContainers: [sidecar] }, { annotations })
      await stage.pass(4 * second)
      assert.ok(!stage.calls.includes('create main/0'))
      await stage.pass(second)
      assert.ok(stage.calls.includes('create main/0'))
    })
  })

  describe('restarting', () => {
    it('waits 10 s, then twice as long each time, up to 5 min', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-exit': '1@1s' } })
      const starts: number[] = [0]
      const begun = stage.clock.now()
      for (let at = 0, attempt = 1; attempt <= 9; at += 1) {
        await stage.pass(second)
        if (stage.calls.includes(`create main/${attempt}`)) {
          starts.push((stage.clock.now() - begun) / second)
          attempt++
        }
        assert.ok(at < 3000)
      }
      const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0) - 1)
      assert.deepEqual(gaps, [0, 10, 20, 40, 80, 160, 300, 300, 300])
    })

    it('waits longer and longer too for what ends before it is seen to run', async () => {
      const { runtime } = stage
      await stage.node.close()
      const { startContainer } = runtime
      runtime.startContainer = async (id) => {
        await startContainer(id)
        await runtime.stopContainer(id, 0)
      }
      await stage.start()
      await stage.create({})
      const told: (string | undefined)[] = []
      for (let at = 0; at < 60; at++) {
        const message = stage.container().state?.waiting?.message?.split(' restarting')[0]
        if (message !== told.at(-1)) told.push(message)
        await stage.pass(second)
      }
      assert.deepEqual(told, ['back-off 10s', 'back-off 20s', 'back-off 40s'])
    })

    it('says CrashLoopBackOff with what happened last', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-exit': '1@1s' } })
      await stage.pass(3 * second)
      const { state, lastState, restartCount, ready } = stage.container()
      assert.equal(state?.waiting?.reason, 'CrashLoopBackOff')
      assert.match(
        state?.waiting?.message ?? '',
        /^back-off 10s restarting failed container=main pod=web_default\(uid-pods-web-0\)$/,
      )
      assert.equal(lastState?.terminated?.exitCode, 1)
      assert.equal(lastState?.terminated?.reason, 'Error')
      assert.deepEqual([restartCount, ready], [1, false])
      assert.equal(stage.pod().status?.phase, 'Running')
      const previous = stage.node.agent.pods.find('default', 'web')?.previous
      assert.equal(`simulated://${previous?.[0]?.id}`, lastState?.terminated?.containerID)
      assert.ok(stage.events().includes('BackOff'))
    })

    it('forgets the crashes of a container that ran well for ten minutes', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-exit': '1@11m' } })
      await stage.pass(11 * minute)
      assert.equal(stage.container().restartCount, 1)
      await stage.pass(11 * minute)
      assert.equal(stage.container().restartCount, 2)
    })

    it('does not restart what succeeded under OnFailure', async () => {
      const annotations = { 'tiphys.dev/simulated-exit': 'main=0@1s' }
      await stage.create({ restartPolicy: 'OnFailure' }, { annotations })
      await stage.pass(minute)
      assert.equal(stage.pod().status?.phase, 'Succeeded')
      assert.equal(stage.container().restartCount, 0)
      assert.equal(stage.condition('Ready'), 'False')
    })

    it('fails a pod that may not restart', async () => {
      const annotations = { 'tiphys.dev/simulated-exit': 'main=2@1s' }
      await stage.create({ restartPolicy: 'Never' }, { annotations })
      await stage.pass(minute)
      assert.equal(stage.pod().status?.phase, 'Failed')
      assert.equal(stage.container().state?.terminated?.exitCode, 2)
      assert.ok((await stage.runtime.sandboxes()).every(({ state }) => state === 'notReady'))
    })

    it('replaces the container when its image changes', async () => {
      await stage.create({})
      const containers = [container('main', { image: 'localhost/app:2' })]
      await stage.cluster.update(PodKind, {
        ...stage.pod(),
        spec: { ...stage.pod().spec, containers },
      })
      await stage.pass(0)
      assert.equal(stage.container().restartCount, 1)
      assert.equal(stage.container().image, 'localhost/app:2')
    })

    it('makes a new sandbox when the old one has died, and restarts what was in it', async () => {
      await stage.create({})
      const [dead] = await stage.runtime.sandboxes()
      await stage.runtime.stopSandbox(dead?.id ?? '')
      await stage.pass(0)
      const { status } = stage.pod()
      assert.deepEqual(stage.calls.slice(2), ['sandbox web/1', 'create main/1'])
      assert.equal(status?.phase, 'Running')
      assert.equal(stage.container().restartCount, 1)
    })
  })

  describe('images', () => {
    it('that are nowhere: ErrImagePull, then ImagePullBackOff, tried again after 10 s, 20 s, ...', async () => {
      await stage.create({ containers: [container('main', { image: 'registry.invalid/app:1' })] })
      assert.equal(stage.container().state?.waiting?.reason, 'ErrImagePull')
      await stage.pass(second)
      assert.equal(stage.container().state?.waiting?.reason, 'ImagePullBackOff')
      const tries = () => stage.events().filter((reason) => reason === 'Pulling').length
      const counts = () =>
        stage.cluster.all(EventKind).find(({ reason }) => reason === 'Pulling')?.count ?? tries()
      assert.equal(counts(), 1)
      await stage.pass(9 * second)
      assert.equal(counts(), 2)
      await stage.pass(19 * second)
      assert.equal(counts(), 2)
      await stage.pass(second)
      assert.equal(counts(), 3)
    })

    describe('of a private registry', () => {
      const image = 'registry.invalid/private:1'
      const asked: string[] = []
      beforeEach(async () => {
        await stage.close()
        stage = new Stage()
        asked.length = 0
        let pulled = false
        const { runtime } = stage
        const known = runtime.image
        runtime.image = async (reference) =>
          pulled ? { id: 'i', tags: [reference], digests: [], size: 1 } : known(reference)
        runtime.pullImage = async (_, credentials) => {
          asked.push(credentials?.username ?? '(nobody)')
          if (credentials?.password !== 'right') throw new RuntimeError('unauthorized', '401')
          pulled = true
          return 'i'
        }
        await stage.start()
      })

      const pullSecret = async (name: string, password: string) => {
        const auths = { 'registry.invalid': { username: name, password } }
        await stage.cluster.create(Secret, {
          metadata: { name, namespace: 'default' },
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
        })
      }
      const create = (...names: string[]) =>
        stage.create({
          containers: [container('main', { image })],
          imagePullSecrets: names.map((name) => ({ name })),
        })

      it('are pulled with the first of the pod’s pull secrets that is good', async () => {
        await pullSecret('old', 'wrong')
        await pullSecret('new', 'right')
        await create('old', 'new')
        assert.deepEqual(asked, ['old', 'new'])
        assert.equal(stage.pod().status?.phase, 'Running')
      })

      it('are asked for without any when the secret is not there, which is told', async () => {
        await create('gone')
        assert.deepEqual(asked, ['(nobody)'])
        assert.ok(stage.events().includes('FailedToRetrieveImagePullSecret'))
        assert.equal(stage.container().state?.waiting?.reason, 'ErrImagePull')
      })

      it('are had as soon as the secret is there', async () => {
        await create('late')
        await pullSecret('late', 'right')
        await stage.pass(minute)
        assert.equal(stage.pod().status?.phase, 'Running')
      })
    })

    it('that may never be pulled: ErrImageNeverPull', async () => {
      const image = { image: 'registry.invalid/app:1', imagePullPolicy: 'Never' }
      await stage.create({ containers: [container('main', image)] })
      assert.equal(stage.container().state?.waiting?.reason, 'ErrImageNeverPull')
    })

    it('that are local are used even when they should always be pulled', async () => {
      await stage.create({ containers: [container('main', { imagePullPolicy: 'Always' })] })
      assert.equal(stage.pod().status?.phase, 'Running')
      const pulled = stage.cluster.all(EventKind).find(({ reason }) => reason === 'Pulled')
      assert.match(pulled?.message ?? '', /no registry to ask/)
    })
  })

  describe('configuration', () => {
    const env = [
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
    ]

    it('that is not there: CreateContainerConfigError, until it is', async () => {
      await stage.create({ containers: [container('main', { env })] })
      const { waiting } = stage.container().state ?? {}
      assert.equal(waiting?.reason, 'CreateContainerConfigError')
      assert.equal(waiting?.message, 'configmap "settings" not found')
      await stage.pass(3 * second)
      const metadata = { name: 'settings', namespace: 'default' }
      await stage.cluster.create(ConfigMap, { metadata, data: { mode: 'fast' } })
      await stage.pass(0)
      assert.equal(stage.pod().status?.phase, 'Running')
    })

    it('is watched one object at a time', async () => {
      const watched: string[] = []
      const watch = stage.cluster.watch.bind(stage.cluster)
      stage.cluster.watch = (kind, options) => {
        watched.push(`${kind.plural} ${options?.namespace} ${options?.fieldSelector}`)
        return watch(kind, options)
      }
      const secret = { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }
      await stage.create({ containers: [container('main', { env: [...env, secret] })] })
      assert.deepEqual(watched.sort(), [
        'configmaps default metadata.name=settings',
        'secrets default metadata.name=keys',
      ])
      await stage.cluster.create(Secret, { metadata: { name: 'keys', namespace: 'default' } })
      await stage.pass(0)
    })
  })

  describe('probes', () => {
    const probe = { exec: { command: ['true'] }, periodSeconds: 10, failureThreshold: 3 }
    let asked: string[] = []
    let outcome: (kind: string) => boolean = () => true

    async function withProber(): Promise<void> {
      await stage.close()
      asked = []
      outcome = () => true
      stage = new Stage()
      const begun = stage.clock.now()
      await stage.start({
        probe: async ({ kind }) => {
          asked.push(`${kind}@${(stage.clock.now() - begun) / second}`)
          return outcome(kind) ? { result: 'success' } : { result: 'failure', message: 'no' }
        },
      })
    }
    beforeEach(withProber)

    it('run first after initialDelaySeconds, then every periodSeconds', async () => {
      const readinessProbe = { ...probe, initialDelaySeconds: 7 }
      await stage.create({ containers: [container('main', { readinessProbe })] })
      await stage.pass(6 * second)
      assert.deepEqual([asked, stage.condition('Ready')], [[], 'False'])
      await stage.pass(30 * second)
      assert.deepEqual(asked, ['readiness@7', 'readiness@17', 'readiness@27'])
      assert.equal(stage.condition('Ready'), 'True')
    })

    it('make a container unready after failureThreshold failures, and ready again after one success', async () => {
      const readinessProbe = { ...probe, periodSeconds: 1 }
      await stage.create({ containers: [container('main', { readinessProbe })] })
      await stage.pass(500)
      outcome = () => false
      await stage.pass(2 * second)
      assert.equal(stage.condition('Ready'), 'True')
      await stage.pass(second)
      assert.equal(stage.condition('Ready'), 'False')
      outcome = () => true
      await stage.pass(second)
      assert.equal(stage.condition('Ready'), 'True')
      assert.equal(stage.container().restartCount, 0)
    })

    it('need successThreshold successes in a row', async () => {
      const readinessProbe = { ...probe, periodSeconds: 1, successThreshold: 3 }
      await stage.create({ containers: [container('main', { readinessProbe })] })
      await stage.pass(1500)
      assert.equal(stage.condition('Ready'), 'False')
      await stage.pass(second)
      assert.equal(stage.condition('Ready'), 'True')
    })

    it('restart a container that is not live', async () => {
      const livenessProbe = { ...probe, periodSeconds: 2 }
      await stage.create({ containers: [container('main', { livenessProbe })] })
      await stage.pass(second)
      outcome = () => false
      await stage.pass(4 * second)
      assert.equal(stage.container().restartCount, 0)
      outcome = (kind) => kind !== 'liveness' || stage.calls.includes('create main/1')
      await stage.pass(2 * second)
      assert.equal(stage.container().restartCount, 1)
      assert.ok(stage.events().includes('Unhealthy'))
      assert.ok(stage.calls.includes('stop main 30'))
    })

    it('hold liveness and readiness back until the startup probe has passed', async () => {
      outcome = (kind) => kind !== 'startup'
      const startupProbe = { ...probe, periodSeconds: 1, failureThreshold: 30 }
      const all = { startupProbe, readinessProbe: probe, livenessProbe: probe }
      await stage.create({ containers: [container('main', all)] })
      await stage.pass(5 * second)
      assert.ok(asked.every((entry) => entry.startsWith('startup')))
      assert.deepEqual([stage.container().started, stage.container().ready], [false, false])
      outcome = () => true
      await stage.pass(second)
      assert.deepEqual(asked.slice(-3), ['startup@6', 'readiness@6', 'liveness@6'])
      assert.deepEqual([stage.container().started, stage.container().ready], [true, true])
    })

    it('restart a container that does not start up in time', async () => {
      outcome = () => false
      const startupProbe = { ...probe, periodSeconds: 1, failureThreshold: 5 }
      await stage.create({ containers: [container('main', { startupProbe })] })
      await stage.pass(4 * second - 1)
      assert.equal(stage.container().restartCount, 0)
      await stage.pass(1)
      assert.equal(stage.container().restartCount, 1)
    })

    it('use the probe’s own grace when it has one', async () => {
      outcome = () => false
      const livenessProbe = { ...probe, failureThreshold: 1, terminationGracePeriodSeconds: 3 }
      await stage.create({ containers: [container('main', { livenessProbe })] })
      assert.ok(stage.calls.includes('stop main 3'))
    })

    it('ask again soon when something changes about a pod that is not ready', async () => {
      outcome = () => false
      await stage.create({ containers: [container('main', { readinessProbe: probe })] })
      assert.deepEqual(asked, ['readiness@0'])
      outcome = () => true
      await stage.pass(2 * second)
      await stage.cluster.patch(
        PodKind,
        { namespace: 'default', name: 'web' },
        { type: 'merge', body: { metadata: { labels: { a: 'b' } } } },
      )
      await stage.pass(0)
      assert.equal(stage.condition('Ready'), 'True')
    })
  })

  describe('ending', () => {
    it('stops containers, then lets the API server forget the pod with its uid', async () => {
      await stage.create({ terminationGracePeriodSeconds: 7 })
      const uid = stage.pod().metadata.uid
      await stage.remove()
      await stage.pass(0)
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
      assert.ok(stage.calls.includes('stop main 7'))
      const last = stage.cluster.writes.filter(({ verb }) => verb === 'remove').at(-1)
      assert.deepEqual(last?.body, { uid, gracePeriodSeconds: 0 })
      assert.deepEqual(await stage.runtime.sandboxes(), [])
      assert.deepEqual(stage.node.agent.pods.all(), [])
    })

    it('leaves a pod ready as long as it serves, and kills nothing for its liveness', async () => {
      const sick = { 'tiphys.dev/simulated-stop': '5s' }
      const livenessProbe = { exec: { command: ['live'] }, periodSeconds: 1, failureThreshold: 1 }
      const readinessProbe = { ...livenessProbe, exec: { command: ['ready'] } }
      await stage.close()
      stage = new Stage()
      let wells = new Set(['live', 'ready'])
      await stage.start({
        probe: async ({ probe }) =>
          wells.has(probe.exec?.command?.[0] ?? '')
            ? { result: 'success' }
            : { result: 'failure', message: 'not well' },
      })
      const containers = [container('main', { livenessProbe, readinessProbe })]
      await stage.create({ containers }, { annotations: sick })
      await stage.pass(second)
      assert.equal(stage.condition('Ready'), 'True')
      await stage.remove()
      wells = new Set(['ready'])
      await stage.pass(2 * second)
      assert.equal(stage.condition('Ready'), 'True')
      assert.ok(!stage.events().includes('Unhealthy'))
      wells = new Set()
      await stage.pass(second)
      assert.equal(stage.condition('Ready'), 'False')
      assert.ok(stage.container().state?.running)
      await stage.pass(second)
      assert.ok(stage.pod())
      await stage.pass(second)
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
    })

    it('reports how its containers ended before it goes', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-stop': '5s' } })
      await stage.remove()
      await stage.pass(10 * second)
      const statuses = stage.cluster.writes.filter(({ verb }) => verb === 'patch/status')
      const last = statuses.at(-1)?.body as { status: Pod['status'] }
      assert.equal(last.status?.phase, 'Failed')
      assert.equal(last.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 143)
    })

    it('runs preStop within the grace, and leaves SIGTERM what is left of it', async () => {
      const lifecycle = { preStop: { sleep: { seconds: 4 } } }
      await stage.create({
        containers: [container('main', { lifecycle })],
        terminationGracePeriodSeconds: 10,
      })
      await stage.remove()
      await stage.pass(4 * second - 1)
      assert.ok(!stage.calls.some((call) => call.startsWith('stop')))
      await stage.pass(1)
      assert.ok(stage.calls.includes('stop main 6'))
    })

    it('cuts preStop off at the end of the grace, and gives two seconds more', async () => {
      const lifecycle = { preStop: { sleep: { seconds: 60 } } }
      await stage.create({
        containers: [container('main', { lifecycle })],
        terminationGracePeriodSeconds: 10,
      })
      await stage.remove()
      await stage.pass(10 * second)
      assert.ok(stage.calls.includes('stop main 2'))
    })

    it('comes sooner when a shorter grace is asked for later', async () => {
      await stage.create(
        { terminationGracePeriodSeconds: 600 },
        { annotations: { 'tiphys.dev/simulated-stop': '1h' } },
      )
      await stage.remove()
      await stage.pass(5 * second)
      await stage.remove(2)
      await stage.pass(second)
      assert.ok(stage.pod())
      await stage.pass(second)
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
    })

    it('does not wait for an image that is being pulled', async () => {
      stage.runtime.pullImage = () => new Promise(() => {})
      await stage.close()
      stage = new Stage()
      stage.runtime.pullImage = () => new Promise(() => {})
      await stage.start()
      await stage.create({ containers: [container('main', { image: 'registry.invalid/slow:1' })] })
      await stage.remove()
      await stage.pass(0)
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
    })

    it('follows when the API server has forgotten the pod already', async () => {
      await stage.create({})
      await stage.remove(0)
      await stage.pass(2 * second)
      assert.deepEqual(await stage.runtime.sandboxes(), [])
    })

    it('fails a pod that was active for too long', async () => {
      await stage.create({ activeDeadlineSeconds: 30 })
      await stage.pass(30 * second - 1)
      assert.equal(stage.pod().status?.phase, 'Running')
      await stage.pass(1)
      const { phase, reason } = stage.pod().status ?? {}
      assert.deepEqual([phase, reason], ['Failed', 'DeadlineExceeded'])
    })

    it('keeps a pod that is over until it is deleted', async () => {
      const annotations = { 'tiphys.dev/simulated-exit': 'main=0@1s' }
      await stage.create({ restartPolicy: 'Never' }, { annotations })
      await stage.pass(10 * minute)
      assert.equal(stage.node.agent.pods.find('default', 'web')?.containers.length, 1)
      await stage.remove()
      await stage.pass(0)
      assert.deepEqual(await stage.runtime.containers(), [])
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
    })
  })

  describe('eviction', () => {
    it('stops the pod within a second, and leaves it as failed and evicted', async () => {
      await stage.create({})
      stage.node.agent.pods.evict(stage.pod().metadata.uid ?? '', 'too much')
      await stage.pass(second)
      const { phase, reason, message } = stage.pod().status ?? {}
      assert.deepEqual([phase, reason, message], ['Failed', 'Evicted', 'too much'])
      assert.ok(stage.calls.includes('stop main 1'))
      assert.ok(stage.events().includes('Evicted'))
      assert.equal(stage.container().state?.terminated !== undefined, true)
    })

    it('of a pod that is not here does nothing', async () => {
      stage.node.agent.pods.evict('nobody', 'too much')
      await stage.pass(second)
      assert.deepEqual(stage.node.errors, [])
    })
  })

  describe('admission', () => {
    it('refuses what does not fit', async () => {
      const huge = { resources: { requests: { cpu: '5' } } }
      await stage.create({ containers: [container('main', huge)] })
      const { phase, reason, message } = stage.pod().status ?? {}
      assert.deepEqual([phase, reason], ['Failed', 'OutOfcpu'])
      assert.match(message ?? '', /^Pod was rejected: /)
      assert.deepEqual(stage.calls, [])
      assert.deepEqual(stage.events(), ['OutOfcpu'])
      await stage.remove()
      await stage.pass(0)
      assert.equal(stage.cluster.peek(PodKind, 'default', 'web'), undefined)
    })

    it('refuses what was meant for another node', async () => {
      await stage.create({ nodeSelector: { disk: 'fast' } })
      assert.equal(stage.pod().status?.reason, 'NodeAffinity')
    })

    const own = (securityContext: Container['securityContext']) => ({
      containers: [container('main', { securityContext })],
    })
    const localhost = { type: 'Localhost', localhostProfile: 'mine' }
    const refusals: [string, Partial<NonNullable<Pod['spec']>>, string][] = [
      ['AppArmor for the pod', { securityContext: { appArmorProfile: localhost } }, 'AppArmor'],
      [
        'AppArmor for a container',
        own({ appArmorProfile: { type: 'RuntimeDefault' } }),
        'AppArmor',
      ],
      ['a user namespace', { hostUsers: false }, 'PodFeatureUnsupported'],
      ['an unmasked /proc', own({ procMount: 'Unmasked' }), 'PodFeatureUnsupported'],
      ['a runtime class', { runtimeClassName: 'gvisor' }, 'PodFeatureUnsupported'],
      [
        'limits of the whole pod',
        { resources: { limits: { memory: '1Mi' } } },
        'PodFeatureUnsupported',
      ],
      [
        'a restart policy for one container',
        { containers: [{ name: 'app', image: 'app:1', restartPolicy: 'Never' }] },
        'PodFeatureUnsupported',
      ],
      [
        'strict supplemental groups',
        { securityContext: { supplementalGroupsPolicy: 'Strict' } },
        'SupplementalGroupsPolicyNotSupported',
      ],
      ['Windows', { os: { name: 'windows' } }, 'PodOSNotSupported'],
    ]
    for (const [what, spec, reason] of refusals)
      it(`refuses a pod that asks for ${what}, and says so`, async () => {
        await stage.create(spec)
        const { status } = stage.pod()
        assert.deepEqual([status?.phase, status?.reason], ['Failed', reason])
        assert.deepEqual([stage.calls, stage.events()], [[], [reason]])
      })

    it('takes a pod that asks for no AppArmor at all', async () => {
      const appArmorProfile = { type: 'RuntimeDefault' }
      await stage.create({
        ...own({ appArmorProfile: { type: 'Unconfined' } }),
        securityContext: { appArmorProfile },
      })
      assert.equal(stage.pod().status?.phase, 'Running')
    })

    it('refuses AppArmor by its old annotation', async () => {
      const key = 'container.apparmor.security.beta.kubernetes.io/main'
      await stage.create({}, { annotations: { [key]: 'runtime/default' } })
      assert.equal(stage.pod().status?.reason, 'AppArmor')
    })

    it('refuses a host port that is taken', async () => {
      const ports = [{ containerPort: 80, hostPort: 8080 }]
      await stage.create({ containers: [container('main', { ports })] })
      await stage.create({ containers: [container('main', { ports })] }, { name: 'second' })
      assert.equal(stage.pod('second').status?.reason, 'NodePorts')
    })
  })

  describe('the agent', () => {
    async function restart(): Promise<void> {
      await stage.node.close()
      await stage.pass(minute)
      stage.calls.length = 0
      await stage.start()
    }

    it('adopts what runs when it is restarted, and restarts nothing', async () => {
      await stage.create({
        containers: [container('a'), container('b', { readinessProbe: { exec: {} } })],
      })
      await stage.pass(second)
      const before = structuredClone(stage.pod().status)
      const writes = stage.cluster.writes.length
      await restart()
      assert.deepEqual(stage.calls, [])
      assert.deepEqual(stage.pod().status, before)
      assert.equal(stage.cluster.writes.length, writes)
    })

    it('goes on counting restarts', async () => {
      await stage.create({}, { annotations: { 'tiphys.dev/simulated-exit': '1@100s' } })
      await stage.pass(100 * second)
      assert.equal(stage.container().restartCount, 1)
      await restart()
      await stage.pass(40 * second)
      assert.deepEqual(stage.calls, ['create main/2'])
      assert.equal(stage.container().restartCount, 2)
    })

    it('starts anew what the runtime has lost, one number higher', async () => {
      await stage.create({})
      await stage.node.close()
      for (const { id } of await stage.runtime.sandboxes()) await stage.runtime.removeSandbox(id)
      stage.calls.length = 0
      await stage.start()
      assert.deepEqual(stage.calls, ['sandbox web/0', 'create main/1'])
      const { restartCount, lastState } = stage.container()
      assert.equal(restartCount, 1)
      assert.equal(lastState?.terminated?.reason, 'ContainerStatusUnknown')
    })

    it('removes what belongs to no pod', async () => {
      await stage.create({})
      await stage.node.close()
      await stage.remove(0)
      await stage.start()
      await stage.pass(2 * second)
      assert.deepEqual(await stage.runtime.sandboxes(), [])
      assert.deepEqual(await stage.runtime.containers(), [])
    })

    it('touches nothing while the API server is away, and catches up afterwards', async () => {
      await stage.create({})
      stage.cluster.away = true
      await stage.pass(10 * minute)
      assert.equal(
        (await stage.runtime.containers()).filter(({ state }) => state === 'running').length,
        1,
      )
      const [container] = await stage.runtime.containers()
      await stage.runtime.stopContainer(container?.id ?? '', 0)
      await stage.pass(second)
      assert.ok((await stage.runtime.containers()).some(({ state }) => state === 'running'))
      stage.cluster.away = false
      await stage.pass(minute)
      assert.equal(stage.container().restartCount, 1)
    })

    it('does not begin to clean up before the API server has answered', async () => {
      await stage.create({})
      await stage.node.close()
      stage.cluster.away = true
      await stage.start()
      await stage.pass(10 * minute)
      assert.equal((await stage.runtime.sandboxes())[0]?.state, 'ready')
    })

    it('tries again what the runtime refuses, less and less often', async () => {
      await stage.close()
      stage = new Stage()
      const fine = stage.runtime.runSandbox
      let tries = 0
      stage.runtime.runSandbox = async () => {
        tries++
        throw new Error('no')
      }
      await stage.start()
      await stage.create({})
      await stage.pass(minute)
      assert.ok(tries >= 6 && tries <= 12, `${tries} tries in a minute`)
      assert.ok(stage.events().includes('FailedCreatePodSandBox'))
      stage.runtime.runSandbox = fine
      await stage.pass(10 * second)
      assert.equal(stage.pod().status?.phase, 'Running')
    })
  })
})
