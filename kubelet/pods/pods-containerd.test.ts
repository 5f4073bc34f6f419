/** Pods as real containers: what only a kernel and containerd can prove. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Container, Pod } from '../../api/types.ts'
import { ConfigMap, Pod as PodKind, Secret } from '../../controllers/framework/index.ts'
import { systemClock } from '../../ports/system-clock.ts'
import {
  type ContainerdSuite,
  cannotRunContainerd,
  containerdSuite,
} from '../runtime/cri/containerd-suite.ts'
import { busyboxImage } from '../runtime/cri/test-images.ts'
import { startTestNode, type TestNode, testSettings } from '../test-node.ts'
import { machineCgroups, podCgroup } from './cgroups.ts'
import { TestCluster } from './test-cluster.ts'

const obstacle = cannotRunContainerd()
const title = `pods on containerd${obstacle ? ` (skipped: ${obstacle})` : ''}`

/** A network of its own for the suite, which it removes. */
const bridge = `tphtest${process.pid % 10_000}`
const cniConf = (directory: string) => ({
  cniVersion: '0.4.0',
  name: bridge,
  plugins: [
    {
      type: 'bridge',
      bridge,
      isGateway: true,
      ipam: {
        type: 'host-local',
        dataDir: join(directory, 'ipam'),
        ranges: [[{ subnet: '10.213.77.0/24' }]],
      },
    },
  ],
})

const shell = (name: string, script: string, changes: Partial<Container> = {}): Container => ({
  name,
  image: busyboxImage,
  command: ['/bin/sh', '-c', script],
  ...changes,
})
const forever = 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done'

/** How this machine's cgroups lie, and what one of their files says. */
const layout = machineCgroups()
function read(controller: string, file: string, of: string): string {
  const root =
    layout?.version === 2
      ? layout.root
      : [...(layout?.roots ?? [])].find(([, names]) => names.includes(controller))?.[0]
  return readFileSync(join(root ?? '', of, file), 'utf8').trim()
}

const suiteOf = obstacle ? describe.skip : describe
suiteOf(title, function () {
  this.timeout(30_000)
  let suite: ContainerdSuite
  let cluster: TestCluster
  let node: TestNode

  const startNode = async () => {
    node = await startTestNode({
      cluster,
      runtime: suite.runtime,
      clock: systemClock,
      files: { rootDir: join(suite.directory, 'kubelet'), pid: process.pid },
      settings: testSettings({
        podLogDir: join(suite.directory, 'logs'),
        cgroupRoot: suite.cgroup,
      }),
    })
  }

  before(async () => {
    suite = await containerdSuite((directory) =>
      writeFileSync(join(directory, 'cni/10-test.conflist'), JSON.stringify(cniConf(directory))),
    )
    cluster = new TestCluster(systemClock)
    await startNode()
  })
  after(async () => {
    await node?.close()
    await suite?.end()
    if (existsSync(`/sys/class/net/${bridge}`)) execFileSync('ip', ['link', 'delete', bridge])
  })
  afterEach(async () => {
    for (const { metadata } of cluster.all(PodKind)) {
      const { namespace, name = '' } = metadata
      await cluster.remove(PodKind, { namespace, name }, { gracePeriodSeconds: 1 })
    }
    await until('no pods', () => cluster.all(PodKind).length === 0)
  })

  /** Resolves as soon as something that the cluster or the node tells makes it true. */
  async function until(what: string, holds: () => boolean | undefined): Promise<void> {
    if (holds()) return
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!holds()) return
        clearTimeout(timer)
        subscription.unsubscribe()
        resolve()
      }
      const subscription = cluster.changes.subscribe(() => queueMicrotask(check))
      const timer = setTimeout(() => {
        subscription.unsubscribe()
        const pods = JSON.stringify(cluster.all(PodKind).map(({ status }) => status))
        reject(new Error(`never: ${what}; pods: ${pods}; errors: ${node.errors.map(String)}`))
      }, 20_000)
    })
  }

  const peek = (name = 'web') => cluster.peek(PodKind, 'default', name)
  const pod = (name = 'web') => peek(name) as Pod
  const status = (name: string) =>
    pod().status?.containerStatuses?.find((container) => container.name === name)

  async function create(spec: Partial<NonNullable<Pod['spec']>>, metadata = {}): Promise<void> {
    await cluster.create(PodKind, {
      metadata: { name: 'web', namespace: 'default', ...metadata },
      spec: {
        nodeName: 'node-1',
        terminationGracePeriodSeconds: 2,
        containers: [shell('main', forever)],
        ...spec,
      },
    })
  }
  const isReady = () =>
    pod().status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  async function running(spec: Partial<NonNullable<Pod['spec']>>): Promise<void> {
    await create(spec)
    await until('ready', isReady)
  }

  async function run(container: string, script: string): Promise<string> {
    const found = node.agent.pods.find('default', 'web')
    const id = found?.containers.find(({ name }) => name === container)?.id ?? ''
    const { stdout, stderr } = await suite.runtime.exec(id, ['/bin/sh', '-c', script], 10)
    return Buffer.concat([stdout, stderr]).toString().trim()
  }
  const log = (container: string, attempt = 0) => {
    const { uid } = pod().metadata
    return readFileSync(
      join(suite.directory, 'logs', `default_web_${uid}`, container, `${attempt}.log`),
      'utf8',
    )
  }

  const livingLogs = () =>
    readdirSync(join(suite.directory, 'logs')).filter((name) => name !== 'past')

  it('keeps what a container wrote, instance after instance, when its pod is gone', async () => {
    const script = 'echo instance; sleep 0.2; exit 1'
    await create({ containers: [shell('main', script)] })
    const restarts = () => pod().status?.containerStatuses?.[0]?.restartCount ?? 0
    await until('restarted', () => restarts() >= 1)
    const { uid = '' } = pod().metadata
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' })
    await until('gone', () => !peek())
    while (node.agent.pods.all().length > 0) await new Promise(setImmediate)
    const place = { namespace: 'default', pod: 'web', uid, container: 'main' }
    const files = (await node.agent.logHistory?.files(place)) ?? []
    const text = files.map((file) => readFileSync(file, 'utf8')).join('')
    assert.ok((text.match(/ stdout F instance\n/g) ?? []).length >= 2, text)
    assert.deepEqual(livingLogs(), [])
  })

  it('gives two containers one network and one scratch directory', async () => {
    const volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }]
    await running({
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        shell('a', `echo from-a > /scratch/a; echo a-is-here; ${forever}`, { volumeMounts }),
        shell('b', 'echo hi > /www/index.html; exec httpd -f -p 8080 -h /www', { volumeMounts }),
      ],
    })
    const ip = pod().status?.podIP ?? ''
    assert.match(ip, /^10\.213\.77\./)
    assert.equal(await run('b', 'cat /scratch/a'), 'from-a')
    assert.equal(await run('a', 'wget -qO- http://127.0.0.1:8080/'), 'hi')
    assert.match(log('a'), /^\S+ stdout F a-is-here$/m)
    const netns = async (container: string) => run(container, 'ls -l /proc/self/ns/net')
    assert.equal((await netns('a')).split('->')[1], (await netns('b')).split('->')[1])
    assert.match(await run('a', 'cat /etc/hosts'), new RegExp(`^${ip}\\s+web$`, 'm'))
    assert.match(await run('a', 'cat /etc/resolv.conf'), /nameserver 10\.96\.0\.10/)
    assert.match(await run('a', 'cat /etc/resolv.conf'), /default\.svc\.cluster\.local/)
  })

  it('sets the environment from literals, objects and fields', async () => {
    const metadata = { name: 'settings', namespace: 'default' }
    await cluster.create(ConfigMap, { metadata, data: { mode: 'fast' } })
    await cluster.create(Secret, {
      metadata: { name: 'keys', namespace: 'default' },
      data: { key: Buffer.from('s3cret').toString('base64') },
    })
    const env: Container['env'] = [
      { name: 'A', value: 'one' },
      { name: 'B', value: '$(A)-two-$$(A)-$(NONE)' },
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
      { name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
    ]
    const resources = { limits: { cpu: '250m', memory: '64Mi' } }
    await running({ containers: [shell('main', `echo $(A); ${forever}`, { env, resources })] })
    const value = (name: string) => run('main', `echo "$${name}"`)
    assert.equal(await value('B'), 'one-two-$(A)-$(NONE)')
    assert.equal(await value('MODE'), 'fast')
    assert.equal(await value('KEY'), 's3cret')
    assert.equal(await value('ME'), 'web')
    assert.equal(await value('IP'), pod().status?.podIP)
    assert.equal(await value('CPU'), '250')
    assert.match(log('main'), / one$/m)
  })

  it('puts requests and limits into cgroups, of containers and of the pod', async () => {
    const resources = {
      requests: { cpu: '100m', memory: '32Mi' },
      limits: { cpu: '500m', memory: '64Mi' },
    }
    await running({ containers: [shell('main', forever, { resources })] })
    const path = podCgroup(suite.cgroup, pod())
    assert.match(path, /\/kubepods\/burstable\/pod/)
    const id = status('main')?.containerID?.split('://')[1] ?? ''
    for (const place of [path, join(path, id)])
      if (layout?.version === 2) {
        assert.equal(read('memory', 'memory.max', place), String(64 * 2 ** 20))
        assert.equal(read('cpu', 'cpu.max', place), '50000 100000')
      } else {
        assert.equal(read('memory', 'memory.limit_in_bytes', place), String(64 * 2 ** 20))
        assert.equal(read('cpu', 'cpu.cfs_quota_us', place), '50000')
        assert.equal(read('cpu', 'cpu.shares', place), '102')
      }
  })

  it('runs as whom the security context says, without what it drops', async () => {
    const securityContext = {
      runAsUser: 1000,
      runAsGroup: 1000,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    }
    await running({
      securityContext: { fsGroup: 2000 },
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        shell('main', forever, {
          securityContext,
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        }),
      ],
    })
    assert.match(await run('main', 'id'), /uid=1000.* gid=1000.*2000/)
    assert.match(await run('main', 'echo x > /etc/x'), /Read-only file system/)
    const facts = await run('main', 'cat /proc/self/status')
    assert.match(facts, /CapEff:\s+0000000000000000/)
    assert.match(facts, /NoNewPrivs:\s+1/)
    assert.match(facts, /Seccomp:\s+2/)
    assert.equal(
      await run('main', 'echo x > /scratch/x; ls -n /scratch/x | cut -c 15-30').then((text) =>
        text.includes('2000'),
      ),
      true,
    )
  })

  it('becomes ready when its HTTP probe passes', async () => {
    const readinessProbe = { httpGet: { path: '/ok', port: 8080 }, periodSeconds: 1 }
    await create({
      containers: [
        shell('main', 'exec httpd -f -p 8080 -h /www', {
          readinessProbe,
          ports: [{ containerPort: 8080 }],
        }),
      ],
    })
    await until('running', () => status('main')?.started)
    assert.equal(isReady(), false)
    await run('main', 'echo ok > /www/ok')
    await until('ready', isReady)
  })

  it('restarts a container that fails its liveness probe', async () => {
    const livenessProbe = {
      exec: { command: ['cat', '/alive'] },
      periodSeconds: 1,
      failureThreshold: 1,
      initialDelaySeconds: 1,
    }
    const script = `[ -e /v/died ] || echo > /alive; ${forever}`
    await running({ containers: [shell('main', script, { livenessProbe })] })
    await run('main', 'mv /alive /dead 2>/dev/null || busybox rm /alive')
    await until('restarted', () => status('main')?.restartCount === 1)
    assert.ok(status('main')?.lastState?.terminated)
  })

  it('runs preStop, then SIGTERM, and leaves nothing behind', async () => {
    const before = await traces()
    const host = join(suite.directory, 'told')
    writeFileSync(host, '')
    const script = 'trap "echo term >> /told; exit 0" TERM; echo up; while :; do sleep 0.05; done'
    await running({
      terminationGracePeriodSeconds: 20,
      volumes: [
        { name: 'told', hostPath: { path: host, type: 'File' } },
        { name: 'memory', emptyDir: { medium: 'Memory' } },
      ],
      containers: [
        shell('main', script, {
          lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo pre >> /told'] } } },
          volumeMounts: [
            { name: 'told', mountPath: '/told' },
            { name: 'memory', mountPath: '/memory' },
          ],
        }),
      ],
    })
    const { uid } = pod().metadata
    assert.match(await run('main', 'cat /proc/mounts'), / \/memory tmpfs /)
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' })
    await until('gone', () => !peek())
    assert.equal(readFileSync(host, 'utf8'), 'pre\nterm\n')
    assert.deepEqual(await suite.runtime.sandboxes(), [])
    assert.deepEqual(await traces(), before)
    assert.ok(!existsSync(join(suite.directory, 'kubelet/pods', uid ?? 'none')))
    assert.deepEqual(livingLogs(), [])
    assert.deepEqual(node.errors, [])
  })

  /** Without the cgroups of QoS classes, which stay. */
  async function traces(): Promise<string[]> {
    const addresses = join(suite.directory, 'ipam', bridge)
    const leases = existsSync(addresses)
      ? readdirSync(addresses).filter((name) => /^\d/.test(name))
      : []
    const own = (await suite.traces()).filter(
      (trace) => !/(burstable|besteffort|kubepods|tiphys-test-\d+)$/.test(trace),
    )
    return [...own, ...leases]
  }

  it('restarts what crashes and keeps its last words', async () => {
    const script =
      'if [ -e /v/again ]; then sleep 1000; fi; echo > /v/again; echo because > /dev/termination-log; exit 7'
    await create({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [shell('main', script, { volumeMounts: [{ name: 'v', mountPath: '/v' }] })],
    })
    await until(
      'restarted',
      () => status('main')?.restartCount === 1 && !!status('main')?.state?.running,
    )
    const last = status('main')?.lastState?.terminated
    assert.equal(last?.exitCode, 7)
    assert.equal(last?.message?.trim(), 'because')
    const found = node.agent.pods.find('default', 'web')
    assert.deepEqual(
      found?.previous.map(({ attempt }) => attempt),
      [0],
    )
  })

  it('shows that the kernel killed a container for its memory', async () => {
    const script = 'x=$(cat /dev/zero | busybox tr "\\\\0" x | busybox head -c 200000000); echo $x'
    const resources = { limits: { memory: '16Mi' } }
    await create({ restartPolicy: 'Never', containers: [shell('main', script, { resources })] })
    await until('out of memory', () => pod().status?.phase === 'Failed')
    assert.equal(status('main')?.state?.terminated?.exitCode, 137)
    assert.equal(status('main')?.state?.terminated?.reason, 'OOMKilled')
  })

  it('starts a container for debugging among the processes of another', async () => {
    await running({ containers: [shell('main', `exec sleep 1234`), shell('other', forever)] })
    const debug = { ...shell('debug', forever), targetContainerName: 'main' }
    const alone = shell('alone', forever)
    const body = { spec: { ephemeralContainers: [debug, alone] } }
    await cluster.patch(PodKind, { namespace: 'default', name: 'web' }, { type: 'merge', body })
    const ephemeral = () => pod().status?.ephemeralContainerStatuses ?? []
    await until('both run', () => ephemeral().filter(({ state }) => state?.running).length === 2)
    assert.match(await run('debug', 'cat /proc/1/cmdline'), /sleep.1234/)
    assert.match(await run('alone', 'cat /proc/1/cmdline'), /bin.sh/)
    assert.match(log('debug'), /stdout F up$/m)
  })

  it('changes the limits of what runs, of the pod as well, and back', async () => {
    const amounts = (cpu: string, memory: string) => ({
      requests: { cpu, memory },
      limits: { cpu, memory },
    })
    const resize = async (resources: object) => {
      const changed = structuredClone(pod())
      Object.assign(changed.spec?.containers[0] ?? {}, { resources })
      await cluster.update(PodKind, changed)
      await until('resized', () => {
        const { conditions = [] } = pod().status ?? {}
        const under = conditions.some(({ type }) => type?.startsWith('PodResize'))
        return !under && isDeepStrictEqual(status('main')?.resources, resources)
      })
    }
    const [memory, cpu] =
      layout?.version === 2
        ? (['memory.max', 'cpu.max'] as const)
        : (['memory.limit_in_bytes', 'cpu.cfs_quota_us'] as const)
    await running({
      containers: [shell('main', forever, { resources: amounts('200m', '32Mi') })],
    })
    const id = status('main')?.containerID
    const path = podCgroup(suite.cgroup, pod())
    const places = [path, join(path, id?.split('://')[1] ?? '')]
    for (const [milliCpu, mebibytes] of [
      [500, 64],
      [300, 128],
      [100, 24],
    ] as const) {
      await resize(amounts(`${milliCpu}m`, `${mebibytes}Mi`))
      for (const place of places) {
        assert.equal(read('memory', memory, place), String(mebibytes * 2 ** 20))
        assert.equal(read('cpu', cpu, place).split(' ')[0], String(milliCpu * 100))
      }
    }
    assert.deepEqual([status('main')?.containerID, status('main')?.restartCount], [id, 0])
  })

  it('runs init containers before the others, and says what they ended with', async () => {
    const volumeMounts = [{ name: 'v', mountPath: '/v' }]
    await running({
      volumes: [{ name: 'v', emptyDir: {} }],
      initContainers: [
        shell('first', 'echo first >> /v/order', { volumeMounts }),
        shell('second', 'echo second >> /v/order', { volumeMounts }),
      ],
      containers: [shell('main', `echo main >> /v/order; ${forever}`, { volumeMounts })],
    })
    const written = 'until busybox grep -q main /v/order; do sleep 0.05; done; cat /v/order'
    assert.equal(await run('main', written), 'first\nsecond\nmain')
    assert.deepEqual(
      pod().status?.initContainerStatuses?.map(({ state }) => state?.terminated?.reason),
      ['Completed', 'Completed'],
    )
  })

  it('shows ConfigMaps and Secrets as files, and their changes all at once', async () => {
    const metadata = { name: 'files', namespace: 'default' }
    await cluster.create(ConfigMap, { metadata, data: { a: '1', b: '1' } })
    await running({
      volumes: [
        { name: 'config', configMap: { name: 'files' } },
        { name: 'secret', secret: { secretName: 'keys', defaultMode: 0o400 } },
        {
          name: 'all',
          projected: {
            sources: [
              { configMap: { name: 'files', items: [{ key: 'a', path: 'deep/er/a' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }],
                },
              },
            ],
          },
        },
      ],
      containers: [
        shell('main', forever, {
          volumeMounts: [
            { name: 'config', mountPath: '/config', readOnly: true },
            { name: 'secret', mountPath: '/secret' },
            { name: 'all', mountPath: '/all' },
            { name: 'config', mountPath: '/one', subPath: 'a' },
          ],
        }),
      ],
    })
    assert.equal(await run('main', 'cat /config/a /one; cat /all/deep/er/a /all/name'), '111web')
    assert.equal(
      await run('main', 'cat /secret/key; ls -lL /secret/key | cut -c 1-10'),
      's3cret-r--------',
    )
    assert.match(await run('main', 'cat /proc/mounts'), / \/secret tmpfs /)
    await cluster.patch(ConfigMap, metadata, { type: 'merge', body: { data: { a: '2', b: '2' } } })
    for (let text = ''; text !== '22'; text = await run('main', 'cat /config/a /config/b'))
      assert.ok(['', '11', '22'].includes(text), text)
    assert.equal(await run('main', 'cat /one'), '1')
  })

  it('refuses a subPath that a link leads out of its volume', async () => {
    const secretFile = join(suite.directory, 'canary')
    writeFileSync(secretFile, 'canary')
    const volumes = [{ name: 'v', emptyDir: {} }]
    await create({
      restartPolicy: 'Never',
      volumes,
      initContainers: [
        shell('link', `busybox ln -s ${secretFile} /v/out; busybox ln -s .. /v/up`, {
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        }),
      ],
      containers: [
        shell('main', forever, { volumeMounts: [{ name: 'v', mountPath: '/x', subPath: 'out' }] }),
      ],
    })
    await until(
      'refused',
      () => status('main')?.state?.waiting?.reason === 'CreateContainerConfigError',
    )
    assert.match(status('main')?.state?.waiting?.message ?? '', /leads outside its volume/)
  })

  it('goes on over a restart of the agent, with the same containers', async () => {
    await running({ containers: [shell('a', forever), shell('b', forever)] })
    const before = structuredClone(pod().status)
    const ids = (await suite.runtime.containers()).map(({ id }) => id).sort()
    await node.close()
    await startNode()
    await until(
      'known again',
      () => node.agent.pods.find('default', 'web')?.containers.length === 2,
    )
    assert.deepEqual((await suite.runtime.containers()).map(({ id }) => id).sort(), ids)
    assert.deepEqual(pod().status, before)
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' })
    await until('gone', () => !peek())
  })

  it('goes on over the death of containerd, with the same containers', async () => {
    await running({})
    const before = structuredClone(pod().status)
    await suite.containerd.stop('SIGKILL')
    await suite.restart()
    const [container] = await suite.runtime.containers()
    assert.equal(container?.state, 'running')
    assert.deepEqual(pod().status, before)
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' })
    await until('gone', () => !peek())
  })

  it('removes what pods that no longer exist have left', async () => {
    await running({ volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] })
    const { uid = '' } = pod().metadata
    await node.close()
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
    assert.equal((await suite.runtime.containers())[0]?.state, 'running')
    await startNode()
    const left = () => existsSync(join(suite.directory, 'kubelet/pods', uid))
    while (left() || node.agent.pods.all().length > 0) await new Promise(setImmediate)
    assert.deepEqual(await suite.runtime.sandboxes(), [])
    assert.deepEqual(livingLogs(), [])
  })
})
