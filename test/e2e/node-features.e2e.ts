import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoints, Event, Node, Pod, PodSpec } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { History } from './history.ts'
import { image, once, podOf, shell } from './manifests.ts'
import { kubectls } from './programs.ts'

const host = mkdtempSync(join(tmpdir(), 'tiphys-host-'))
const hostVolume = { name: 'host', hostPath: { path: host, type: 'Directory' } }
const hostMount = { name: 'host', mountPath: '/host' }
const scratch = { name: 'scratch', emptyDir: {} }
const scratchMount = { name: 'scratch', mountPath: '/v' }

let cluster: TestCluster
let pods: History<Pod>
let events: History<Event>
const manifests: object[] = []

/** Declares an object that is there from the start: everything starts at once, each test waits for its own. */
function given(object: object): void {
  manifests.push(object)
}

function givenPod(name: string, spec: Parameters<typeof podOf>[1], metadata?: Pod['metadata']) {
  given(podOf(name, spec, metadata))
}

const kubectl = (...args: string[]) => cluster.kubectl(args)
const exec = (pod: string, ...command: string[]) => kubectl('exec', pod, '--', ...command)
const make = (name: string, spec: Parameters<typeof podOf>[1], metadata?: Pod['metadata']) =>
  cluster.apply(podOf(name, spec, metadata))

const main = ({ status }: Pod, name = 'main') =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    (container) => container.name === name,
  )
const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
const ready = (name: string) => pods.until(name, isReady)
const phase = (name: string, wanted: string) =>
  pods.until(name, ({ status }) => status?.phase === wanted)
const waiting = (name: string, reason: string, container = 'main') =>
  pods.seen(
    (pod) => pod.metadata.name === name && main(pod, container)?.state?.waiting?.reason === reason,
  )
const told = (pod: string, reason: string, message: RegExp, count = 1) =>
  events.seen(
    (event) =>
      event.involvedObject?.name === pod &&
      event.reason === reason &&
      message.test(event.message ?? '') &&
      (event.series?.count ?? event.count ?? 1) >= count,
  )
/** The STATUS column of `kubectl get pod`. */
const column = async (name: string) =>
  (await kubectl('get', 'pod', name, '--no-headers')).split(/\s+/)[2]
const ctr = async (...args: string[]) =>
  (await run('ctr', [`--address=${cluster.runDir}/containerd.sock`, '--namespace=k8s.io', ...args]))
    .stdout
const pidOf = async (id = '') => {
  const line = (await ctr('tasks', 'list'))
    .split('\n')
    .find((text) => text.startsWith(id.replace('containerd://', '')))
  return Number(line?.split(/\s+/)[1])
}
const afterwards = (early = '', late = '') => Date.parse(late) >= Date.parse(early)

describe('what a pod may ask of its node', () => {
  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    pods = new History<Pod>(cluster, 'pods')
    events = new History<Event>(cluster, 'events')
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items: manifests })
  })
  after(async () => {
    await pods?.stop()
    await events?.stop()
    await cluster?.reset()
    rmSync(host, { recursive: true })
  })

  describe('init containers', initContainers)
  describe('restart policies', restartPolicies)
  describe('environment', environment)
  describe('volumes', volumes)
  describe('probes', probes)
  describe('resources', resources)
  describe('ends', ends)
  describe('logs', logs)
  describe('streams', streams)
  describe('security', security)
  describe('images', images)
  describe('deployments that recreate', recreate)
  // The last: its taints make everything else leave.
  describe('scheduling', scheduling)
})

function initContainers(): void {
  givenPod('init-order', {
    initContainers: ['a', 'b'].map((name) =>
      shell(`echo ${name} >> /v/order`, { name, volumeMounts: [scratchMount] }),
    ),
    containers: [
      shell('echo main >> /v/order; cat /v/order; wait_for_end', { volumeMounts: [scratchMount] }),
    ],
    volumes: [scratch],
  })
  it('run one after the other, each to its end, before the containers', async () => {
    const pod = await ready('init-order')
    assert.equal(await kubectl('logs', 'init-order'), 'a\nb\nmain\n')
    const a = main(pod, 'a')?.state?.terminated
    const b = main(pod, 'b')?.state?.terminated
    assert.deepEqual([a?.reason, a?.exitCode, b?.reason], ['Completed', 0, 'Completed'])
    assert.ok(afterwards(a?.finishedAt, b?.startedAt))
    assert.ok(afterwards(b?.finishedAt, main(pod)?.state?.running?.startedAt))
    const initialized = pod.status?.conditions?.find(({ type }) => type === 'Initialized')
    assert.equal(initialized?.status, 'True')
  })

  givenPod('init-waits', {
    initContainers: [
      shell('until [ -e /v/open ]; do usleep 50000; done', {
        name: 'gate',
        volumeMounts: [scratchMount],
      }),
      shell('true', { name: 'second' }),
    ],
    containers: [shell()],
    volumes: [scratch],
  })
  it('show how far they are, and hold everything else back', async () => {
    const held = await pods.until('init-waits', (pod) => Boolean(main(pod, 'gate')?.state?.running))
    assert.equal(main(held)?.state?.waiting?.reason, 'PodInitializing')
    assert.equal(main(held, 'second')?.state?.waiting?.reason, 'PodInitializing')
    assert.equal(held.status?.phase, 'Pending')
    assert.equal(await column('init-waits'), 'Init:0/2')
    await kubectl('exec', 'init-waits', '-c', 'gate', '--', 'touch', '/v/open')
    await ready('init-waits')
    assert.equal(await column('init-waits'), 'Running')
  })

  givenPod('init-fails', {
    restartPolicy: 'Never',
    initContainers: [shell('exit 3', { name: 'broken' })],
    containers: [shell()],
  })
  it('fail the pod when they fail and nothing restarts them: Init:Error', async () => {
    const pod = await phase('init-fails', 'Failed')
    assert.equal(main(pod, 'broken')?.state?.terminated?.exitCode, 3)
    assert.equal(main(pod)?.state?.waiting?.reason, 'PodInitializing')
    assert.equal(await column('init-fails'), 'Init:Error')
  })

  givenPod('init-crashes', {
    initContainers: [shell('exit 4', { name: 'broken' })],
    containers: [shell()],
  })
  it('are tried again with a growing delay: Init:CrashLoopBackOff', async () => {
    const pod = await waiting('init-crashes', 'CrashLoopBackOff', 'broken')
    assert.match(main(pod, 'broken')?.state?.waiting?.message ?? '', /back-off \d+s/)
    assert.equal(main(pod, 'broken')?.lastState?.terminated?.exitCode, 4)
    assert.equal(main(pod)?.state?.waiting?.reason, 'PodInitializing')
    assert.equal(await column('init-crashes'), 'Init:CrashLoopBackOff')
  })

  const traced = { volumeMounts: [hostMount, scratchMount] }
  const traceEnd = (who: string) => `trap 'echo ${who} ends >> /host/sidecar; exit 0' TERM`
  const stay = 'while :; do sleep 3600 & wait $!; done'
  givenPod('sidecar', {
    terminationGracePeriodSeconds: 10,
    initContainers: [
      shell(`${traceEnd('helper')}; usleep 500000; touch /v/helper; ${stay}`, {
        ...traced,
        name: 'helper',
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['test', '-e', '/v/helper'] }, periodSeconds: 1 },
      }),
    ],
    containers: [shell(`${traceEnd('main')}; ls /v; ${stay}`, traced)],
    volumes: [hostVolume, scratch],
  })
  it('that restart always are sidecars: there before the containers, and until after them', async () => {
    const pod = await ready('sidecar')
    assert.equal(await kubectl('logs', 'sidecar', '-c', 'main'), 'helper\n')
    assert.ok(main(pod, 'helper')?.state?.running)
    assert.match(await kubectl('get', 'pod', 'sidecar'), /2\/2 +Running/)
    await kubectl('delete', 'pod', 'sidecar')
    assert.equal(readFileSync(join(host, 'sidecar'), 'utf8'), 'main ends\nhelper ends\n')
  })
}

function restartPolicies(): void {
  givenPod('never-ok', once('true'))
  givenPod('never-bad', once('exit 7'))
  it('Never: the pod has succeeded or failed, once', async () => {
    const good = await phase('never-ok', 'Succeeded')
    assert.deepEqual(
      [main(good)?.state?.terminated?.reason, main(good)?.restartCount],
      ['Completed', 0],
    )
    assert.equal(await column('never-ok'), 'Completed')
    const bad = await phase('never-bad', 'Failed')
    const { reason, exitCode } = main(bad)?.state?.terminated ?? {}
    assert.deepEqual([reason, exitCode, main(bad)?.restartCount], ['Error', 7, 0])
    assert.equal(await column('never-bad'), 'Error')
  })

  givenPod('on-failure', {
    restartPolicy: 'OnFailure',
    containers: [
      shell('[ -e /v/tried ] && exit 0; touch /v/tried; exit 1', { volumeMounts: [scratchMount] }),
    ],
    volumes: [scratch],
  })
  it('OnFailure: a failed container is started again, one that succeeded is not', async () => {
    const pod = await phase('on-failure', 'Succeeded')
    assert.equal(main(pod)?.restartCount, 1)
    assert.equal(main(pod)?.lastState?.terminated?.exitCode, 1)
    assert.equal(main(pod)?.state?.terminated?.reason, 'Completed')
  })

  givenPod('always', { containers: [shell('true')] })
  it('Always: also one that succeeded is started again, with a growing delay', async () => {
    const pod = await waiting('always', 'CrashLoopBackOff')
    assert.match(
      main(pod)?.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=always_default\(/,
    )
    assert.equal(main(pod)?.lastState?.terminated?.reason, 'Completed')
    assert.ok((main(pod)?.restartCount ?? 0) >= 1)
    await told('always', 'BackOff', /Back-off restarting failed container main in pod always_/)
  })

  givenPod('deadline', { activeDeadlineSeconds: 2, containers: [shell()] })
  it('a pod that may only run so long has failed afterwards', async () => {
    const pod = await phase('deadline', 'Failed')
    assert.equal(pod.status?.reason, 'DeadlineExceeded')
  })
}

function environment(): void {
  given({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { color: 'blue', size: 'big' },
  })
  given({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys' },
    stringData: { password: 'open sesame' },
  })
  const field = (fieldPath: string) => ({ fieldRef: { fieldPath } })
  const amount = (resource: string, divisor?: string) => ({
    resourceFieldRef: { resource, divisor },
  })
  givenPod(
    'environment',
    once('env', {
      command: undefined,
      args: ['sh', '-c', 'env; echo args "$@"', 'sh', '$(PLAIN)', '$$(PLAIN)', '$(UNKNOWN)'],
      resources: { requests: { memory: '32Mi' }, limits: { cpu: '1500m', memory: '64Mi' } },
      envFrom: [
        { configMapRef: { name: 'settings' }, prefix: 'ALL_' },
        { secretRef: { name: 'keys' } },
        { configMapRef: { name: 'absent', optional: true } },
      ],
      env: [
        { name: 'PLAIN', value: 'plain' },
        { name: 'COMPOSED', value: '$(PLAIN) and $(ALL_color), $$(PLAIN), $(LATER)' },
        { name: 'LATER', value: 'later' },
        {
          name: 'COLOR',
          valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } },
        },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'keys', key: 'password' } } },
        {
          name: 'NOTHING',
          valueFrom: { configMapKeyRef: { name: 'settings', key: 'no', optional: true } },
        },
        { name: 'NAME', valueFrom: field('metadata.name') },
        { name: 'NAMESPACE', valueFrom: field('metadata.namespace') },
        { name: 'POD_UID', valueFrom: field('metadata.uid') },
        { name: 'LABEL', valueFrom: field("metadata.labels['tier']") },
        { name: 'NOTE', valueFrom: field("metadata.annotations['example.org/note']") },
        { name: 'NODE', valueFrom: field('spec.nodeName') },
        { name: 'ACCOUNT', valueFrom: field('spec.serviceAccountName') },
        { name: 'IP', valueFrom: field('status.podIP') },
        { name: 'HOST_IP', valueFrom: field('status.hostIP') },
        { name: 'CPUS', valueFrom: amount('limits.cpu') },
        { name: 'MILLICPUS', valueFrom: amount('limits.cpu', '1m') },
        { name: 'MEMORY', valueFrom: amount('limits.memory', '1Mi') },
        { name: 'REQUESTED', valueFrom: amount('requests.memory') },
      ],
    }),
    { labels: { tier: 'front' }, annotations: { 'example.org/note': 'remember' } },
  )
  it('comes from literals, references, ConfigMaps, Secrets, fields and resources', async () => {
    const { metadata, spec, status } = await phase('environment', 'Succeeded')
    const text = await kubectl('logs', 'environment')
    const lines = new Map(
      text.split('\n').map((line): [string, string] => {
        const at = line.indexOf('=')
        return [line.slice(0, at), line.slice(at + 1)]
      }),
    )
    const expected = {
      PLAIN: 'plain',
      COMPOSED: 'plain and blue, $(PLAIN), $(LATER)',
      COLOR: 'blue',
      ALL_size: 'big',
      password: 'open sesame',
      PASSWORD: 'open sesame',
      NAME: 'environment',
      NAMESPACE: 'default',
      POD_UID: metadata.uid,
      LABEL: 'front',
      NOTE: 'remember',
      NODE: spec?.nodeName,
      ACCOUNT: 'default',
      IP: status?.podIP,
      HOST_IP: status?.hostIP,
      CPUS: '2',
      MILLICPUS: '1500',
      MEMORY: '64',
      REQUESTED: String(32 << 20),
      KUBERNETES_SERVICE_PORT: '443',
      VERSION: 'v1',
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(lines.get(name), value, name)
    assert.ok(!lines.has('NOTHING'))
    assert.match(text, /^args plain \$\(PLAIN\) \$\(UNKNOWN\)$/m)
  })

  givenPod('needs-settings', {
    containers: [
      shell('echo $LATE; wait_for_end', {
        env: [{ name: 'LATE', valueFrom: { configMapKeyRef: { name: 'late', key: 'key' } } }],
      }),
    ],
  })
  it('waits for what it needs, and says what: CreateContainerConfigError', async () => {
    const pod = await waiting('needs-settings', 'CreateContainerConfigError')
    assert.equal(main(pod)?.state?.waiting?.message, 'configmap "late" not found')
    await kubectl('create', 'configmap', 'late', '--from-literal=key=here')
    await ready('needs-settings')
    assert.equal(await kubectl('logs', 'needs-settings'), 'here\n')
  })
}

function volumes(): void {
  given({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'files' },
    data: { 'a.conf': 'a = 1', 'b.conf': 'b = 1' },
    binaryData: { bytes: Buffer.from([0, 255, 1]).toString('base64') },
  })
  given({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert' }, data: { key: 'c2VjcmV0' } })
  const at = (name: string, mountPath = `/${name}`, more = {}) => ({ name, mountPath, ...more })
  givenPod(
    'volumes',
    {
      containers: [
        shell(undefined, {
          env: [{ name: 'WHERE', value: 'by-name' }],
          volumeMounts: [
            at('disk'),
            at('memory'),
            at('config'),
            at('items'),
            at('secret'),
            at('downward'),
            at('projected'),
            hostMount,
            at('host', '/host-read-only', { readOnly: true }),
            at('config', '/single/a.conf', { subPath: 'a.conf' }),
            at('disk', '/below', { subPathExpr: '$(WHERE)' }),
          ],
        }),
      ],
      volumes: [
        { name: 'disk', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        { name: 'config', configMap: { name: 'files' } },
        {
          name: 'items',
          configMap: {
            name: 'files',
            defaultMode: 0o400,
            items: [
              { key: 'a.conf', path: 'deep/er.conf' },
              { key: 'bytes', path: 'b', mode: 0o640 },
            ],
          },
        },
        { name: 'secret', secret: { secretName: 'cert' } },
        {
          name: 'downward',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
        },
        {
          name: 'projected',
          projected: {
            sources: [
              { configMap: { name: 'files', items: [{ key: 'b.conf', path: 'b.conf' }] } },
              { secret: { name: 'cert' } },
              {
                downwardAPI: {
                  items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }],
                },
              },
            ],
          },
        },
        hostVolume,
      ],
    },
    { labels: { tier: 'one' } },
  )
  const inside = (script: string) => exec('volumes', 'sh', '-c', script)
  /** Ends when the script does: content changes a moment after the object. */
  const eventually = (script: string) =>
    inside(`n=0; until ${script}; do n=$((n + 1)); [ $n -lt 300 ] || exit 9; usleep 100000; done`)

  it('emptyDir: on disk and in memory, within its limit', async () => {
    await ready('volumes')
    assert.equal(await inside('ls -A /memory; echo x > /disk/x; cat /disk/x'), 'x\n')
    assert.match(await inside('grep " /memory " /proc/mounts'), /tmpfs rw.*size=1024k/)
    const full = await cluster.tryKubectl(
      'exec volumes -- dd if=/dev/zero of=/memory/x bs=1k count=2000'.split(' '),
    )
    assert.match(full.stderr, /No space left/)
  })

  it('configMap: all keys, chosen ones, modes, bytes', async () => {
    assert.equal(await inside('cat /config/a.conf /config/b.conf'), 'a = 1b = 1')
    assert.equal(await inside('ls /items; ls /items/deep'), 'b\ndeep\ner.conf\n')
    assert.equal(await inside('stat -L -c %a /items/deep/er.conf /items/b'), '400\n640\n')
    assert.match(await inside('od -An -tx1 /items/b'), /00 ff 01/)
  })

  it('secret, downwardAPI and projected: in memory, with what they were asked for', async () => {
    assert.equal(await inside('cat /secret/key'), 'secret')
    assert.match(await inside('grep " /secret " /proc/mounts'), /^tmpfs/)
    assert.equal(await inside('cat /downward/labels'), 'tier="one"')
    assert.equal(await inside('cd /projected && cat b.conf key name'), 'b = 1secretvolumes')
  })

  it('hostPath: one directory with the host, read-only where asked for', async () => {
    writeFileSync(join(host, 'from-host'), 'hello')
    assert.equal(await inside('cat /host/from-host; echo back > /host/from-pod'), 'hello')
    assert.equal(readFileSync(join(host, 'from-pod'), 'utf8'), 'back\n')
    const refused = await cluster.tryKubectl('exec volumes -- touch /host-read-only/x'.split(' '))
    assert.match(refused.stderr, /Read-only file system/)
  })

  it('subPath: one file or directory of a volume', async () => {
    assert.equal(await inside('ls /single; cat /single/a.conf'), 'a.conf\na = 1')
    await inside('touch /below/file')
    assert.equal(await inside('ls /disk/by-name'), 'file\n')
  })

  it('follow their objects at once and as a whole, but not through a subPath', async () => {
    const before = await inside('readlink /config/..data')
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'files' },
      data: { 'a.conf': 'a = 2', 'c.conf': 'c = 2' },
      binaryData: { bytes: 'AA==' },
    })
    await eventually('grep -q 2 /config/a.conf')
    assert.equal(await inside('ls /config'), 'a.conf\nbytes\nc.conf\n')
    assert.notEqual(await inside('readlink /config/..data'), before)
    assert.equal(await inside('cat /single/a.conf'), 'a = 1')
    await kubectl('label', 'pod', 'volumes', 'tier=two', '--overwrite')
    await eventually(`grep -q two /downward/labels`)
  })

  givenPod('no-such-volume', {
    containers: [shell(undefined, { volumeMounts: [at('late')] })],
    volumes: [{ name: 'late', configMap: { name: 'late-files' } }],
  })
  givenPod('no-such-file', {
    containers: [shell(undefined, { volumeMounts: [at('file')] })],
    volumes: [{ name: 'file', hostPath: { path: join(host, 'absent'), type: 'File' } }],
  })
  it('hold the pod back until they can be made, and say why', async () => {
    await told('no-such-volume', 'FailedMount', /"late" : configmap "late-files" not found/)
    await told('no-such-file', 'FailedMount', /hostPath type check failed: .*absent is not a file/)
    assert.equal(await column('no-such-volume'), 'ContainerCreating')
    await kubectl('create', 'configmap', 'late-files', '--from-literal=key=here')
    await ready('no-such-volume')
  })

  givenPod('claims', {
    containers: [shell()],
    volumes: [{ name: 'claim', persistentVolumeClaim: { claimName: 'data' } }],
  })
  it('of a kind that this node does not have are refused by name', async () => {
    await told('claims', 'FailedMount', /persistentVolumeClaim is not supported/)
  })
}

function probes(): void {
  const soon = { periodSeconds: 1, failureThreshold: 1 }
  const check = (file: string) => ({ exec: { command: ['test', '-e', file] } })
  const mounted = { volumeMounts: [scratchMount] }
  givenPod('liveness', {
    containers: [
      shell('touch /v/alive; wait_for_end', {
        ...mounted,
        livenessProbe: { ...soon, ...check('/v/alive'), initialDelaySeconds: 1 },
      }),
    ],
    volumes: [scratch],
  })
  it('liveness: a container that fails it is killed and started anew', async () => {
    await ready('liveness')
    await exec('liveness', 'rm', '/v/alive')
    await told('liveness', 'Unhealthy', /^Liveness probe failed/)
    await told('liveness', 'Killing', /Container main failed liveness probe, will be restarted/)
    const pod = await pods.until(
      'liveness',
      (one) => main(one)?.restartCount === 1 && main(one)?.state?.running !== undefined,
    )
    assert.equal(main(pod)?.lastState?.terminated?.exitCode, 0, 'it was asked to go')
  })

  givenPod(
    'readiness',
    {
      containers: [
        shell('touch /v/ok; httpd -p 8080 -h /v; wait_for_end', {
          ...mounted,
          ports: [{ name: 'web', containerPort: 8080 }],
          readinessProbe: { ...soon, httpGet: { path: '/ok', port: 'web' } },
        }),
      ],
      volumes: [scratch],
    },
    { labels: { app: 'readiness' } },
  )
  given({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'readiness' },
    spec: { selector: { app: 'readiness' }, ports: [{ port: 80, targetPort: 'web' }] },
  })
  it('readiness: decides over http whether the pod is served, without a restart', async () => {
    const { status } = await ready('readiness')
    const served = (wanted: boolean) =>
      cluster.waitUntil<Endpoints>('endpoints readiness', ({ subsets }) => {
        const addresses = subsets?.[0]?.[wanted ? 'addresses' : 'notReadyAddresses'] ?? []
        return addresses.some(({ ip }) => ip === status?.podIP)
      })
    const slices = () => kubectl('get', 'endpointslices', '-l', service, '-o', conditions)
    const service = 'kubernetes.io/service-name=readiness'
    const conditions = 'jsonpath={.items[*].endpoints[*].conditions.ready}'
    await served(true)
    await exec('readiness', 'rm', '/v/ok')
    await served(false)
    assert.equal(await slices(), 'false')
    await told(
      'readiness',
      'Unhealthy',
      /Readiness probe failed: HTTP probe failed with statuscode: 404/,
    )
    await exec('readiness', 'touch', '/v/ok')
    await served(true)
    assert.equal(await slices(), 'true')
    const pod = await ready('readiness')
    assert.equal(main(pod)?.restartCount, 0)
  })

  givenPod('startup', {
    containers: [
      shell('until [ -e /v/go ]; do usleep 50000; done; httpd -p 8080 -h /v; wait_for_end', {
        ...mounted,
        startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 60 },
        livenessProbe: { ...soon, ...check('/v/go') },
      }),
    ],
    volumes: [scratch],
  })
  it('startup: until it has passed, over tcp, the others wait', async () => {
    await told('startup', 'Unhealthy', /^Startup probe failed.*refused/, 3)
    const held = await pods.until('startup', (pod) => Boolean(main(pod)?.state?.running))
    assert.deepEqual(
      [main(held)?.started, main(held)?.ready, main(held)?.restartCount],
      [false, false, 0],
    )
    await exec('startup', 'touch', '/v/go')
    const pod = await ready('startup')
    assert.deepEqual([main(pod)?.started, main(pod)?.restartCount], [true, 0])
  })

  givenPod('never-starts', {
    containers: [
      shell(undefined, {
        startupProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 },
      }),
    ],
  })
  it('startup: one that never passes has the container killed', async () => {
    await told('never-starts', 'Killing', /failed startup probe, will be restarted/)
    await pods.until('never-starts', (pod) => (main(pod)?.restartCount ?? 0) >= 1)
  })
}

function resources(): void {
  const amounts = {
    requests: { cpu: '100m', memory: '32Mi' },
    limits: { cpu: '200m', memory: '64Mi' },
  }
  givenPod('limited', { containers: [shell(undefined, { resources: amounts })] })
  it("are written into the container's cgroup", async () => {
    const pod = await ready('limited')
    assert.equal(pod.status?.qosClass, 'Burstable')
    const pid = await pidOf(main(pod)?.containerID)
    const paths = cgroupsOf(pid)
    if (paths.memory) {
      const read = (controller: string, file: string) =>
        readFileSync(join('/sys/fs/cgroup', controller, paths[controller] ?? '', file), 'utf8')
      assert.equal(read('memory', 'memory.limit_in_bytes').trim(), String(64 << 20))
      assert.equal(read('cpu', 'cpu.cfs_quota_us').trim(), '20000')
      assert.equal(read('cpu', 'cpu.shares').trim(), '102')
      assert.equal(read('memory', '../memory.limit_in_bytes').trim(), String(64 << 20), 'the pod')
      return
    }
    const read = (file: string) =>
      readFileSync(join('/sys/fs/cgroup', paths[''] ?? '', file), 'utf8')
    assert.equal(read('memory.max').trim(), String(64 << 20))
    assert.equal(read('cpu.max').trim(), '20000 100000')
    assert.equal(read('../memory.max').trim(), String(64 << 20), 'the pod')
  })

  givenPod('resized', {
    containers: [
      shell(undefined, {
        resources: amounts,
        resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
      }),
    ],
  })
  it('change while the container runs, or with a new one where it asks for that', async () => {
    const resize = async (limits: Record<string, string>) => {
      const patch = { spec: { containers: [{ name: 'main', resources: { limits } }] } }
      const args = ['resized', '--subresource=resize', `--patch=${JSON.stringify(patch)}`]
      await kubectl('patch', 'pod', ...args)
      const agrees = (has: Record<string, string> = {}) =>
        Object.entries(limits).every(([name, value]) => has[name] === value)
      return pods.until('resized', (pod) => agrees(main(pod)?.resources?.limits) && isReady(pod))
    }
    const before = await ready('resized')
    const grown = await resize({ cpu: '400m' })
    assert.equal(main(grown)?.containerID, main(before)?.containerID)
    const again = await resize({ memory: '96Mi' })
    assert.equal(main(again)?.restartCount, 1)
    assert.equal(main(again)?.resources?.limits?.cpu, '400m')
    const huge = {
      spec: {
        containers: [
          { name: 'main', resources: { limits: { cpu: '9k' }, requests: { cpu: '9k' } } },
        ],
      },
    }
    await kubectl(
      'patch',
      'pod',
      'resized',
      '--subresource=resize',
      `--patch=${JSON.stringify(huge)}`,
    )
    const refused = await pods.until('resized', ({ status }) =>
      Boolean(status?.conditions?.some(({ type }) => type === 'PodResizePending')),
    )
    const pending = refused.status?.conditions?.find(({ type }) => type === 'PodResizePending')
    assert.equal(pending?.reason, 'Infeasible')
    assert.match(
      pending?.message ?? '',
      /^Node didn't have enough capacity: cpu, requested: 9000000,/,
    )
    assert.equal(main(refused)?.resources?.limits?.cpu, '400m')
  })

  givenPod('greedy', {
    restartPolicy: 'Never',
    containers: [
      shell('exec dd if=/dev/zero of=/dev/null bs=128M count=1', {
        resources: { limits: { memory: '16Mi' } },
      }),
    ],
  })
  it('that are exceeded end the container', async () => {
    const pod = await pods.until('greedy', (one) => one.status?.phase === 'Failed')
    assert.equal(main(pod)?.state?.terminated?.exitCode, 137)
    assert.equal(main(pod)?.state?.terminated?.reason, 'OOMKilled')
  })
}

/** Controller -> path below its root; version 2 is the empty name. */
function cgroupsOf(pid: number): Record<string, string | undefined> {
  const entries = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, names = '', path = ''] = line.split(':')
      return names.split(',').map((name): [string, string] => [name, path])
    })
  return Object.fromEntries(entries)
}

function ends(): void {
  const onHost = { volumes: [hostVolume] }
  const deaf = 'trap "" TERM; while :; do sleep 1; done'
  givenPod('graceful', {
    ...onHost,
    terminationGracePeriodSeconds: 20,
    containers: [
      shell(`trap 'echo told >> /host/graceful; exit 0' TERM; while :; do usleep 50000; done`, {
        volumeMounts: [hostMount],
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo started >> /host/graceful'] } },
          preStop: {
            exec: {
              command: [
                'sh',
                '-c',
                'echo hook >> /host/graceful; sleep 1; echo over >> /host/graceful',
              ],
            },
          },
        },
      }),
    ],
  })
  it('come in order: the preStop hook to its end, then SIGTERM', async () => {
    await ready('graceful')
    await kubectl('delete', 'pod', 'graceful')
    assert.equal(readFileSync(join(host, 'graceful'), 'utf8'), 'started\nhook\nover\ntold\n')
    assert.equal(main(pods.of('graceful').at(-1) as Pod)?.state?.terminated?.exitCode, 0)
  })

  givenPod('deaf', { terminationGracePeriodSeconds: 2, containers: [shell(deaf)] })
  it('are forced when the grace is over: SIGKILL', async () => {
    await ready('deaf')
    const begun = performance.now()
    await kubectl('delete', 'pod', 'deaf')
    assert.ok(performance.now() - begun >= 2000)
    const states = pods.of('deaf').map((pod) => main(pod)?.state?.terminated?.exitCode)
    assert.equal(states.at(-1), 137)
    assert.ok(performance.now() - begun < 12_000)
  })

  givenPod('forced', { terminationGracePeriodSeconds: 300, containers: [shell(deaf)] })
  givenPod('hurried', { terminationGracePeriodSeconds: 300, containers: [shell(deaf)] })
  it('come sooner when asked again: with a shorter grace, or at once', async () => {
    await ready('hurried')
    const pod = await ready('forced')
    await kubectl('delete', 'pod', 'hurried', 'forced', '--wait=false')
    assert.equal(await column('hurried'), 'Terminating')
    await kubectl('delete', 'pod', 'hurried', '--grace-period=1', '--wait=false')
    await pods.gone('hurried')
    const forced = await cluster.tryKubectl([
      'delete',
      'pod',
      'forced',
      '--grace-period=0',
      '--force',
    ])
    assert.match(forced.stderr, /Immediate deletion does not wait/)
    assert.match(forced.stdout, /"forced" force deleted/)
    await pods.gone('forced')
    await taskGone(main(pod)?.containerID)
  })

  givenPod('message', {
    ...once('echo the end is near > /dev/custom; exit 5', {
      terminationMessagePath: '/dev/custom',
    }),
  })
  givenPod('message-from-log', {
    ...once('echo from the log; exit 5', { terminationMessagePolicy: 'FallbackToLogsOnError' }),
  })
  it('leave a message behind: from a file, or from the log', async () => {
    const written = await phase('message', 'Failed')
    assert.equal(main(written)?.state?.terminated?.message, 'the end is near\n')
    const logged = await phase('message-from-log', 'Failed')
    assert.equal(main(logged)?.state?.terminated?.message, 'from the log\n')
  })

  givenPod('bad-hook', {
    containers: [
      shell(undefined, {
        lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo no; exit 8'] } } },
      }),
    ],
  })
  it('come at once to a container whose postStart hook fails', async () => {
    await told('bad-hook', 'FailedPostStartHook', /exited with 8/)
    await pods.until('bad-hook', (pod) => (main(pod)?.restartCount ?? 0) >= 1)
  })
}

async function taskGone(id = ''): Promise<void> {
  const own = id.replace('containerd://', '')
  for (const end = performance.now() + 10_000; performance.now() < end; )
    if (!(await ctr('tasks', 'list')).includes(own)) return
  throw new Error(`${id} runs on`)
}

function logs(): void {
  givenPod('talks', {
    containers: [
      shell('for n in 1 2 3 4 5; do echo line $n; usleep 20000; done; echo bad >&2; wait_for_end'),
      shell('echo other; wait_for_end', { name: 'other' }),
    ],
  })
  const talks = (...args: string[]) => kubectl('logs', 'talks', ...args)
  it('are cut as asked: the last lines, since a time, so many bytes', async () => {
    await ready('talks')
    await cluster.kubectl(['exec', 'talks', '-c', 'main', '--', 'true'])
    const all = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'bad', '']
    assert.equal(await talks('-c', 'main'), all.join('\n'))
    assert.equal(await talks('-c', 'main', '--tail=2'), 'line 5\nbad\n')
    assert.equal(await talks('-c', 'main', '--tail=0'), '')
    assert.equal(await talks('-c', 'main', '--since=1h'), all.join('\n'))
    assert.equal(await talks('-c', 'main', '--limit-bytes=9'), 'line 1\nli')
    const stamped = (await talks('-c', 'main', '--timestamps')).split('\n')
    const [time] = stamped[0]?.split(' ') ?? []
    assert.equal(await talks('-c', 'main', `--since-time=${time}`), all.join('\n'))
    const later = new Date(Date.parse(time ?? '') + 3_600_000).toISOString()
    assert.equal(await talks('-c', 'main', `--since-time=${later}`), '')
  })

  it('of all containers, each line with its origin', async () => {
    const text = await talks('--all-containers', '--prefix')
    assert.match(text, /^\[pod\/talks\/main\] line 1$/m)
    assert.match(text, /^\[pod\/talks\/other\] other$/m)
  })

  givenPod('crashes', {
    containers: [
      shell('n=$(cat /v/n || echo 0); echo $((n + 1)) > /v/n; echo run $((n + 1)); exit 1', {
        volumeMounts: [scratchMount],
      }),
    ],
    volumes: [scratch],
  })
  it('of the instance before this one', async () => {
    await pods.until('crashes', (one) => main(one)?.state?.waiting?.reason === 'CrashLoopBackOff')
    const [previous, present] = await Promise.all([
      kubectl('logs', 'crashes', '--previous'),
      kubectl('logs', 'crashes'),
    ])
    assert.match(previous, /^run \d+\n$/)
    const [last, now] = [previous, present].map((text) => Number(text.split(' ')[1]))
    // While it waits, the last that ended is all there is; it may have been started again between the two.
    assert.ok(last === now || last === Number(now) - 1, `${previous} ${present}`)
    const none = await cluster.tryKubectl(['logs', 'talks', '-c', 'main', '--previous'])
    assert.match(none.stderr, /previous terminated container "main" in pod "talks" not found/)
  })

  it('that are followed end with the container', async () => {
    await make('finishes', once('echo begin; sleep 2; echo end'))
    await pods.until('finishes', (pod) => Boolean(main(pod)?.state?.running))
    assert.equal(await kubectl('logs', '-f', 'finishes'), 'begin\nend\n')
  })
}

function streams(): void {
  const terminal = (args: string, input = '') =>
    run(
      'script',
      ['-qec', `${kubectls()[0]?.path} --kubeconfig=${cluster.kubeconfig} ${args}`, '/dev/null'],
      { env: { HOME: cluster.dataDir, SHELL: '/bin/sh', TERM: 'dumb' }, timeoutMs: 20_000, input },
    )
  it('exec with a terminal', async function () {
    need(this, hasProgram('script'), 'needs script')
    await ready('limited')
    const { stdout, code } = await terminal(
      `exec -it limited -- sh -c 'tty; stty -F /dev/tty size >/dev/null && echo sized; exit 3'`,
    )
    assert.match(stdout, /\/dev\/pts\/\d+/)
    assert.match(stdout, /sized/)
    assert.equal(code, 3)
  })

  givenPod('speaks', {
    containers: [shell('read -r line; echo "heard $line"', { stdin: true, tty: true })],
  })
  it('attach to a terminal', async function () {
    need(this, hasProgram('script'), 'needs script')
    await pods.until('speaks', (pod) => Boolean(main(pod)?.state?.running))
    const { stdout } = await terminal('attach -it speaks', 'hello\n')
    assert.match(stdout, /heard hello/)
  })

  givenPod('debugged', { containers: [shell('exec sleep 4321')] })
  it('debug: a container is added to a running pod, among the processes of another', async function () {
    need(this, hasProgram('script'), 'needs script')
    await ready('debugged')
    const { stdout } = await terminal(
      `debug -it debugged --image=${image} --target=main -c look --profile=general -- sh -c 'read go; ps'`,
      // It speaks when it is spoken to: what it said before anybody listened would be in its log alone.
      'go\n',
    )
    assert.match(stdout, /\b1 +\S+ +sleep 4321/)
    const { status } = await pods.until('debugged', (pod) =>
      Boolean(pod.status?.ephemeralContainerStatuses?.[0]?.state?.terminated),
    )
    const [look] = status?.ephemeralContainerStatuses ?? []
    assert.deepEqual(
      [look?.name, look?.restartCount, look?.state?.terminated?.exitCode],
      ['look', 0, 0],
    )
    assert.match(await kubectl('logs', 'debugged', '-c', 'look'), /sleep 4321/)
  })

  it('debug: a pod on the node sees its processes and files', async function () {
    need(this, hasProgram('script'), 'needs script')
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    const { stdout } = await terminal(
      `debug -it node/${node?.metadata.name} --image=${image} --profile=general -- sh -c 'read go; ps; ls /host/usr/bin/script'`,
      'go\n',
    )
    assert.match(stdout, /sleep 4321/)
    assert.match(stdout, /\/host\/usr\/bin\/script/)
  })

  givenPod('listens', {
    restartPolicy: 'Never',
    containers: [
      shell('while read -r line; do echo "heard $line"; done; echo end', {
        stdin: true,
        stdinOnce: true,
      }),
    ],
  })
  it('attach: what is typed in arrives, and its end too', async () => {
    await pods.until('listens', (pod) => Boolean(main(pod)?.state?.running))
    const { stdout } = await cluster.tryKubectl(['attach', '-i', 'listens'], {
      input: 'one\ntwo\n',
    })
    assert.match(stdout, /heard one\nheard two\nend/)
    await phase('listens', 'Succeeded')
  })
}

function security(): void {
  const secured = (
    script: string,
    securityContext: object,
    more: Partial<PodSpec> = {},
  ): Parameters<typeof podOf>[1] => ({ ...once(script, { securityContext }), ...more })

  givenPod('user', {
    ...once('id; touch /v/file; stat -c "%u %g" /v/file', { volumeMounts: [scratchMount] }),
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 2000,
      fsGroup: 3000,
      supplementalGroups: [4000],
    },
    volumes: [scratch],
  })
  it('runAsUser, runAsGroup, fsGroup, supplementalGroups', async () => {
    await phase('user', 'Succeeded')
    const text = await kubectl('logs', 'user')
    assert.match(
      text,
      /uid=1000 gid=2000 groups=.*3000.*4000|uid=1000 gid=2000 groups=.*4000.*3000/,
    )
    assert.match(text, /^1000 3000$/m)
  })

  const capabilities = 'grep -E "CapEff|NoNewPrivs" /proc/self/status'
  givenPod('read-only', secured('touch /x', { readOnlyRootFilesystem: true }))
  givenPod(
    'dropped',
    secured(capabilities, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    }),
  )
  it('readOnlyRootFilesystem, capabilities, no new privileges', async () => {
    await phase('read-only', 'Failed')
    assert.match(await kubectl('logs', 'read-only'), /Read-only file system/)
    await phase('dropped', 'Succeeded')
    const text = await kubectl('logs', 'dropped')
    assert.match(text, /CapEff:\s+0{13}400$/m)
    assert.match(text, /NoNewPrivs:\s+1$/m)
  })

  givenPod('root', secured('true', { runAsNonRoot: true }))
  givenPod('not-root', secured('id -u', { runAsNonRoot: true, runAsUser: 1234 }))
  it('runAsNonRoot refuses root, and says so', async () => {
    const pod = await waiting('root', 'CreateContainerConfigError')
    assert.match(
      main(pod)?.state?.waiting?.message ?? '',
      /container has runAsNonRoot and image will run as root/,
    )
    await phase('not-root', 'Succeeded')
    assert.equal(await kubectl('logs', 'not-root'), '1234\n')
  })

  givenPod('on-host', {
    ...once('hostname; readlink /proc/self/ns/net; readlink /proc/self/ns/pid'),
    hostNetwork: true,
    hostPID: true,
  })
  it("hostNetwork and hostPID are the node's own", async () => {
    const { status } = await phase('on-host', 'Succeeded')
    assert.equal(status?.podIP, status?.hostIP)
    assert.deepEqual((await kubectl('logs', 'on-host')).trim().split('\n'), [
      hostname(),
      readlinkSync('/proc/self/ns/net'),
      readlinkSync('/proc/self/ns/pid'),
    ])
  })

  givenPod('shared', {
    shareProcessNamespace: true,
    containers: [shell(), shell('exec sleep 4321', { name: 'other' })],
  })
  it('shareProcessNamespace lets the containers of a pod see each other', async () => {
    await ready('shared')
    const processes = await kubectl('exec', 'shared', '-c', 'main', '--', 'ps', '-o', 'pid,args')
    assert.match(processes, /sleep 4321/)
    assert.match(processes, /^ +1 .*pause/m)
    const alone = await kubectl('exec', 'talks', '-c', 'main', '--', 'ps', '-o', 'pid,args')
    assert.match(alone, /^ +1 sh -c/m)
  })
}

function images(): void {
  const withImage = (reference: string, imagePullPolicy: string) => ({
    containers: [shell(undefined, { image: reference, imagePullPolicy })],
  })
  // A registry that nobody listens to, on this machine.
  const registry = '127.0.0.1:1'

  givenPod('image-never', withImage(`${registry}/absent:v1`, 'Never'))
  givenPod('image-absent', withImage(`${registry}/absent:v1`, 'IfNotPresent'))
  givenPod('image-invalid', withImage('hello:v1:v2', 'IfNotPresent'))
  it('that are not here: never pulled, or pulled in vain with a growing delay', async () => {
    const never = await waiting('image-never', 'ErrImageNeverPull')
    assert.match(
      main(never)?.state?.waiting?.message ?? '',
      /is not present with pull policy of Never/,
    )
    // Shown for a moment only; the event stays.
    await told('image-absent', 'Failed', /^Error: ErrImagePull$/)
    const later = await waiting('image-absent', 'ImagePullBackOff')
    assert.match(
      main(later)?.state?.waiting?.message ?? '',
      /^Back-off pulling image ".*": ErrImagePull: .*127\.0\.0\.1:1.*refused/,
    )
    await told('image-absent', 'Failed', /Failed to pull image/)
    await waiting('image-invalid', 'InvalidImageName')
  })

  it('that are here: used, unless the registry must be asked each time', async () => {
    await ctr('images', 'tag', `docker.io/library/${image}`, `${registry}/${image}`)
    await ctr('images', 'tag', `docker.io/library/${image}`, `localhost/${image}`)
    await make('image-here', withImage(`${registry}/${image}`, 'IfNotPresent'))
    await make('image-here-never', withImage(`${registry}/${image}`, 'Never'))
    await make('image-here-always', withImage(`${registry}/${image}`, 'Always'))
    await make('image-local-always', withImage(`localhost/${image}`, 'Always'))
    await ready('image-here')
    await ready('image-here-never')
    await ready('image-local-always')
    await told('image-here-always', 'Failed', /^Error: ErrImagePull$/)
  })
}

function scheduling(): void {
  const pending = async (name: string, message: RegExp) => {
    const pod = await pods.until(name, ({ status }) =>
      Boolean(status?.conditions?.some(({ reason }) => reason === 'Unschedulable')),
    )
    assert.equal(pod.status?.phase, 'Pending')
    await told(name, 'FailedScheduling', message)
  }
  givenPod('too-big', {
    containers: [shell(undefined, { resources: { requests: { memory: '100Ti' } } })],
  })
  givenPod('elsewhere', { nodeSelector: { disk: 'ssd' }, containers: [shell()] })
  it('a pod that fits no node is pending, and says why', async () => {
    await pending('too-big', /^0\/1 nodes are available: 1 Insufficient memory\./)
    await pending('elsewhere', /1 node\(s\) didn't match Pod's node affinity\/selector/)
    assert.match(await kubectl('describe', 'pod', 'too-big'), /FailedScheduling/)
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    await kubectl('label', 'node', node?.metadata.name ?? '', 'disk=ssd')
    await ready('elsewhere')
  })

  const apart = (name: string) => ({
    containers: [shell()],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: { matchLabels: { group: name } },
            topologyKey: 'kubernetes.io/hostname',
          },
        ],
      },
    },
  })
  givenPod('apart-1', apart('apart'), { labels: { group: 'apart' } })
  givenPod('apart-2', apart('apart'), { labels: { group: 'apart' } })
  it('pods that repel each other share no node', async () => {
    await pending('apart-2', /1 node\(s\) didn't match pod anti-affinity rules/)
    await kubectl('delete', 'pod', 'apart-1')
    await ready('apart-2')
  })

  givenPod('gated', { schedulingGates: [{ name: 'example.org/wait' }], containers: [shell()] })
  it('a gated pod waits until its gate is removed', async () => {
    assert.equal(await column('gated'), 'SchedulingGated')
    await kubectl('patch', 'pod', 'gated', '--type=json', '-p', removeGates)
    await ready('gated')
  })
  const removeGates = '[{"op":"remove","path":"/spec/schedulingGates"}]'

  it('a pod that was put on a node where it does not fit has failed', async () => {
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    const { name: nodeName } = node?.metadata ?? {}
    await make('crammed', {
      nodeName,
      containers: [shell(undefined, { resources: { requests: { memory: '100Ti' } } })],
    })
    const pod = await phase('crammed', 'Failed')
    assert.equal(pod.status?.reason, 'OutOfmemory')
  })

  it('taints keep pods away, unless they tolerate them', async () => {
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    const name = node?.metadata.name ?? ''
    await kubectl('taint', 'node', name, 'dedicated=db:NoSchedule')
    try {
      await make('intolerant', { containers: [shell()] })
      const tolerations = [
        { key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' },
      ]
      await make('tolerant', { containers: [shell()], tolerations })
      await pending('intolerant', /1 node\(s\) had untolerated taint/)
      await ready('tolerant')
    } finally {
      await kubectl('taint', 'node', name, 'dedicated-')
    }
    await ready('intolerant')
  })

  const patient = {
    ...{ key: 'leave', operator: 'Exists', effect: 'NoExecute' },
    tolerationSeconds: 2,
  }
  givenPod('bears-long', { containers: [shell()], tolerations: [{ operator: 'Exists' }] })
  givenPod('bears-short', { containers: [shell()], tolerations: [patient] })
  givenPod('bears-nothing', { containers: [shell()] })
  it('taints make pods leave that do not bear them, or not for long', async () => {
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    const name = node?.metadata.name ?? ''
    await Promise.all(['bears-long', 'bears-short', 'bears-nothing'].map(ready))
    const tainted = Date.now()
    await kubectl('taint', 'node', name, 'leave=now:NoExecute')
    try {
      await pods.gone('bears-nothing')
      await pods.gone('bears-short')
      const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } =
        pods.of('bears-short').at(-1)?.metadata ?? {}
      const asked = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
      // Whole seconds: up to one is lost.
      assert.ok(asked - tainted >= (patient.tolerationSeconds - 1) * 1000, `${asked - tainted} ms`)
      await told('bears-short', 'TaintManagerEviction', /Marking for deletion/)
      await ready('bears-long')
    } finally {
      await kubectl('taint', 'node', name, 'leave-')
    }
  })
}

function recreate(): void {
  const deployment = (message: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'recreated' },
    spec: {
      replicas: 2,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { app: 'recreated' } },
      template: {
        metadata: { labels: { app: 'recreated' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [shell(`: ${message}; wait_for_end`)],
        },
      },
    },
  })
  given(deployment('first'))
  it('never run two versions at once', async () => {
    await cluster.rolledOut('deployment/recreated')
    await cluster.apply(deployment('second'))
    await cluster.rolledOut('deployment/recreated')
    const mine = pods.events.filter(({ object }) => object.metadata.labels?.app === 'recreated')
    const hash = (pod: Pod) => pod.metadata.labels?.['pod-template-hash']
    const old = hash(mine[0]?.object as Pod)
    const running = new Set<string>()
    for (const { type, object } of mine) {
      const { name = '' } = object.metadata
      const over = object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed'
      if (hash(object) !== old) assert.deepEqual([...running], [], `${name} came too soon`)
      else if (type === 'DELETED' || over) running.delete(name)
      else running.add(name)
    }
    assert.ok(mine.some(({ object }) => hash(object) !== old))
  })
}
