import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigMap, Deployment, Node, Pod } from '../../api/types.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { type KubectlOptions, startCluster, type TestCluster } from './cluster.ts'
import { ask } from './observe.ts'
import { type Kubectl, kubectls } from './programs.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')
const kinds = [
  'namespaces',
  'nodes',
  'pods',
  'services',
  'endpoints',
  'endpointslices',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'events',
  'leases',
  'deployments',
  'replicasets',
  'controllerrevisions',
]

describe('stock kubectl on a real cluster', () => {
  let cluster: TestCluster

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
    await cluster.apply(manifest)
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
  })
  after(() => cluster?.reset())

  for (const kubectl of kubectls()) {
    describe(`of version ${kubectl.version}`, () => commands(() => cluster, kubectl))
  }

  it('drains the node and takes it back', async () => {
    const [node] = (await cluster.get<{ items: Node[] }>('nodes')).items
    const name = node?.metadata.name ?? ''
    await cluster.kubectl(['cordon', name])
    assert.match(await cluster.kubectl(['get', 'nodes']), /SchedulingDisabled/)
    const drained = await cluster.kubectl([
      'drain',
      name,
      '--delete-emptydir-data',
      '--ignore-daemonsets',
      '--force',
      '--timeout=90s',
    ])
    assert.match(drained, /evicted/)
    const pending = await cluster.waitUntil<Pod>(
      'pods -l app=hello',
      ({ status }) => status?.phase === 'Pending',
    )
    const events = await cluster.waitUntil<{ reason?: string; message?: string }>(
      `events --field-selector involvedObject.name=${pending.metadata.name}`,
      ({ reason }) => reason === 'FailedScheduling',
    )
    assert.match(events.message ?? '', /0\/1 nodes are available: 1 node\(s\) were unschedulable/)
    await cluster.kubectl(['uncordon', name])
    await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
  })
})

function commands(clusterOf: () => TestCluster, kubectl: Kubectl): void {
  const namespace = `k${kubectl.version.replace(/\D/g, '')}`
  const at: KubectlOptions = { kubectl, namespace }
  const directory = mkdtempSync(join(tmpdir(), 'tiphys-kubectl-'))
  const run = (...args: string[]) => clusterOf().kubectl(args, at)
  const attempt = (...args: string[]) => clusterOf().tryKubectl(args, at)
  const pod = async (options: KubectlOptions = {}) => {
    const list = await clusterOf().get<{ items: Pod[] }>('pods -l app=hello', options)
    return list.items.find(({ metadata }) => !metadata.deletionTimestamp)?.metadata.name ?? ''
  }
  const demo: KubectlOptions = { kubectl }
  const inDemo = (...args: string[]) => clusterOf().kubectl(args, demo)

  before(() => clusterOf().kubectl(['create', 'namespace', namespace], { kubectl }))
  after(() => rmSync(directory, { recursive: true }))

  it('creates with its generators, which send protobuf', async () => {
    await run('create', 'configmap', 'settings', '--from-literal=a=1', '--from-literal=b=2')
    await run('create', 'secret', 'generic', 'token', '--from-literal=key=value')
    await run('create', 'serviceaccount', 'robot')
    await run('create', 'deployment', 'made', '--image=hello:v1', '--replicas=0', '--port=80')
    await run('create', 'service', 'clusterip', 'made', '--tcp=80:8080')
    const { data } = await clusterOf().get<ConfigMap>('configmap settings', at)
    assert.deepEqual(data, { a: '1', b: '2' })
    const made = await clusterOf().get<Deployment>('deployment made', at)
    assert.equal(made.spec?.replicas, 0)
    const again = await attempt('create', 'configmap', 'settings')
    assert.match(again.stderr, /configmaps "settings" already exists/)
  })

  it('applies, finds nothing to change the second time, and shows a difference before it is made', async () => {
    const input = manifest.replace('nodePort: 30080', '').replace('replicas: 3', 'replicas: 0')
    const apply = () => clusterOf().kubectl(['apply', '-f', '-'], { ...at, input })
    assert.match(await apply(), /deployment.apps\/hello created/)
    const second = await apply()
    assert.match(second, /deployment.apps\/hello unchanged/)
    assert.match(second, /service\/hello unchanged/)
    const same = await clusterOf().tryKubectl(['diff', '-f', '-'], { ...at, input })
    assert.equal(same.code, 0, same.stdout + same.stderr)
    const changed = input.replace('periodSeconds: 1', 'periodSeconds: 7')
    const diff = await clusterOf().tryKubectl(['diff', '-f', '-'], { ...at, input: changed })
    assert.equal(diff.code, 1, diff.stderr)
    assert.match(diff.stdout, /\+\s+periodSeconds: 7/)
    assert.match(
      await clusterOf().kubectl(['apply', '-f', '-'], { ...at, input: changed }),
      /deployment.apps\/hello configured/,
    )
  })

  it('patches in every form, edits and replaces', async () => {
    await run('patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"a":"3","b":null}}')
    await run(
      'patch',
      'configmap',
      'settings',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/data/c","value":"4"}]',
    )
    await run(
      'patch',
      'deployment',
      'made',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"hello","env":[{"name":"A","value":"1"}]}]}}}}',
    )
    const { data } = await clusterOf().get<ConfigMap>('configmap settings', at)
    assert.deepEqual(data, { a: '3', c: '4' })
    const made = await clusterOf().get<Deployment>('deployment made', at)
    const [container] = made.spec?.template.spec?.containers ?? []
    assert.equal(container?.image, 'hello:v1', 'the strategic merge kept what it did not name')
    assert.deepEqual(container?.env, [{ name: 'A', value: '1' }])
    const failing = await attempt(
      'patch',
      'configmap',
      'settings',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/data/c","value":"5"}]',
    )
    assert.notEqual(failing.code, 0)
    const file = join(directory, 'settings.json')
    writeFileSync(file, await run('get', 'configmap', 'settings', '-o', 'json'))
    writeFileSync(file, readFileSync(file, 'utf8').replace('"c": "4"', '"c": "replaced"'))
    assert.match(await run('replace', '-f', file), /replaced/)
    const stale = await attempt('replace', '-f', file)
    assert.match(stale.stderr, /the object has been modified/)
  })

  it('labels, annotates and selects', async () => {
    await run('label', 'configmap', 'settings', 'tier=back', 'zone=a')
    await run('annotate', 'configmap', 'settings', 'note=hello there')
    assert.match(await run('get', 'configmap', '-l', 'tier=back,zone in (a,b)'), /settings/)
    assert.equal(
      await run('get', 'configmap', '-l', 'tier!=back', '-o', 'name').then((text) =>
        text.includes('settings'),
      ),
      false,
    )
    assert.match(
      await run('get', 'configmap', '--field-selector', 'metadata.name=settings', '-o', 'name'),
      /settings/,
    )
    const refused = await attempt('label', 'configmap', 'settings', 'tier=front')
    assert.match(refused.stderr, /--overwrite is false/)
  })

  it('scales and waits', async () => {
    await run('scale', 'deployment', 'made', '--replicas=1')
    await run('wait', '--for=condition=Available', 'deployment/made', '--timeout=60s')
    await run('scale', 'deployment', 'made', '--replicas=0', '--current-replicas=1')
    await run('wait', '--for=delete', 'pods', '-l', 'app=made', '--timeout=60s')
    assert.equal(await run('get', 'pods', '-l', 'app=made', '-o', 'name'), '')
  })

  it('gets and describes every kind that there is', async () => {
    const all = kinds.join(',')
    for (const output of [[], ['-o', 'wide'], ['-o', 'yaml'], ['-o', 'name']])
      await run('get', all, '-A', ...output)
    const described = await inDemo('describe', kinds.filter((kind) => kind !== 'events').join(','))
    assert.match(described, /Container Runtime Version: +containerd/)
    assert.match(described, /^Selector: +app=hello$/m)
  })

  it('explains a field with its type and words', async () => {
    const text = await run('explain', 'deployment.spec.minReadySeconds')
    assert.match(text, /FIELD: minReadySeconds <integer>/)
    assert.match(text, /Minimum number of seconds/)
  })

  it('lists what there is', async () => {
    assert.match(await run('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/)
    assert.match(await inDemo('get', 'all'), /deployment.apps\/hello/)
    assert.match(await run('version'), /Server Version: v1\.36/)
    assert.match(await run('cluster-info'), /control plane/i)
    const columns = await inDemo('get', 'deployment', 'hello')
    assert.match(columns, /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nhello +3\/3 +3 +3 +\d/)
    assert.match(await inDemo('get', 'pods'), /2\/2 +Running/)
  })

  it('shows logs: of a container, the last lines, as they come', async () => {
    const name = await pod()
    assert.match(await inDemo('logs', name, '-c', 'server'), /hello v1 listening on 8080/)
    assert.equal((await inDemo('logs', name, '-c', 'server', '--tail=1')).split('\n').length, 2)
    assert.match(await inDemo('logs', name, '-c', 'server', '--timestamps'), /^20\d\d-/)
    assert.match(await inDemo('logs', 'deployment/hello', '-c', 'server'), /listening/)
    const ambiguous = await clusterOf().tryKubectl(['logs', name, '-c', 'nobody'], demo)
    assert.match(ambiguous.stderr, /container nobody is not valid for pod/)
    const follow = spawn(kubectl.path, [
      `--kubeconfig=${clusterOf().kubeconfig}`,
      'logs',
      '-f',
      name,
      '-c',
      'server',
    ])
    const [chunk] = (await once(follow.stdout, 'data')) as [Buffer]
    follow.kill()
    assert.match(chunk.toString(), /listening/)
  })

  it('runs commands: output, input, exit code, terminal', async () => {
    const name = await pod()
    assert.equal(await inDemo('exec', name, '-c', 'server', '--', 'echo', 'hi'), 'hi\n')
    const code = await clusterOf().tryKubectl(
      ['exec', name, '-c', 'server', '--', 'sh', '-c', 'exit 7'],
      demo,
    )
    assert.equal(code.code, 7)
    const given = await clusterOf().kubectl(['exec', '-i', name, '-c', 'server', '--', 'cat'], {
      ...demo,
      input: 'given',
    })
    assert.equal(given, 'given')
    const absent = await clusterOf().tryKubectl(
      ['exec', name, '-c', 'server', '--', 'nothing-there'],
      demo,
    )
    assert.notEqual(absent.code, 0)
    assert.match(absent.stderr, /nothing-there/)
  })

  it('copies files to and from a container', async () => {
    const name = await pod()
    const file = join(directory, 'given.txt')
    writeFileSync(file, 'x'.repeat(200_000))
    await inDemo('cp', file, `${name}:/tmp/given.txt`, '-c', 'server').catch(
      async (error: Error) => {
        // The image has no /tmp of its own.
        if (!/No such file|can't create|not exist/.test(error.message)) throw error
      },
    )
    await inDemo('cp', file, `${name}:/www/shared/given.txt`, '-c', 'server')
    const back = join(directory, 'back.txt')
    await inDemo('cp', `${name}:/www/shared/given.txt`, back, '-c', 'server')
    assert.equal(readFileSync(back, 'utf8'), 'x'.repeat(200_000))
  })

  it('shows logs: of all containers, of a selection, since a time, so many bytes', async () => {
    const name = await pod()
    const all = await inDemo('logs', name, '--all-containers', '--prefix')
    assert.match(all, new RegExp(`^\\[pod/${name}/server\\] .*listening`, 'm'))
    const selected = await inDemo('logs', '-l', 'app=hello', '-c', 'server', '--prefix')
    assert.ok(new Set(selected.match(/^\[\S+\]/gm)).size >= 2, selected)
    assert.match(await inDemo('logs', name, '-c', 'server', '--since=1h'), /listening/)
    const later = new Date(Date.now() + 3_600_000).toISOString()
    assert.equal(await inDemo('logs', name, '-c', 'server', `--since-time=${later}`), '')
    assert.equal((await inDemo('logs', name, '-c', 'server', '--limit-bytes=7')).length, 7)
    const previous = await clusterOf().tryKubectl(
      ['logs', name, '-c', 'server', '--previous'],
      demo,
    )
    assert.match(previous.stderr, /previous terminated container "server" in pod ".*" not found/)
  })

  it('reaches pods, services and nodes through the proxies of the server', async () => {
    const raw = (path: string) => inDemo('get', '--raw', path)
    const there = '/api/v1/namespaces/default'
    assert.match(await raw(`${there}/services/hello:http/proxy/`), /hello v1/)
    assert.match(await raw(`${there}/services/hello/proxy/`), /hello v1/)
    assert.match(await raw(`${there}/pods/${await pod()}:8080/proxy/`), /hello v1/)
    const [node] = (await clusterOf().get<{ items: Node[] }>('nodes')).items
    assert.equal(await raw(`/api/v1/nodes/${node?.metadata.name}/proxy/healthz`), 'ok')
    const none = await clusterOf().tryKubectl(['get', '--raw', `${there}/services/no/proxy/`], demo)
    assert.match(none.stderr, /services "no" not found/)
  })

  it('forwards a port, of a pod, a service and a deployment', async () => {
    for (const target of [`pod/${await pod()}:8080`, 'service/hello:80', 'deployment/hello:8080']) {
      const [what = '', port = ''] = target.split(':')
      const config = `--kubeconfig=${clusterOf().kubeconfig}`
      const args = [config, 'port-forward', what, `:${port}`, '--address=127.0.0.1']
      const forward = spawn(kubectl.path, args)
      try {
        const [line] = (await once(forward.stdout, 'data')) as [Buffer]
        const local = /127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]
        assert.match(await ask(`http://127.0.0.1:${local}/`), /hello v1/)
        if (what.startsWith('pod/'))
          assert.match(await ask(`http://127.0.0.1:${local}/`), /hello v1/, 'twice')
      } finally {
        forward.kill()
        await once(forward, 'exit')
      }
    }
  })

  it('attaches to a running container', async () => {
    const attached = spawn(kubectl.path, [
      `--kubeconfig=${clusterOf().kubeconfig}`,
      `--namespace=${namespace}`,
      'run',
      'talker',
      '--image=hello:v1',
      '--restart=Never',
      '-i',
      '--rm',
      '--',
      'sh',
      '-c',
      'read line; echo "heard $line"',
    ])
    let out = ''
    attached.stdout.on('data', (chunk) => {
      out += chunk
    })
    attached.stdin.end('you\n')
    await once(attached, 'close')
    assert.match(out, /heard you/)
  })

  it('deletes by name and by label, and a whole namespace with all in it', async () => {
    assert.match(await run('delete', 'configmap', 'settings'), /configmap "settings" deleted/)
    const gone = await attempt('get', 'configmap', 'settings')
    assert.match(gone.stderr, /NotFound.*configmaps "settings" not found/)
    await run('delete', 'deployment', '-l', 'app=made')
    await clusterOf().kubectl(['delete', 'namespace', namespace, '--timeout=60s'], { kubectl })
    const after = await attempt('get', 'deployments,secrets,services')
    assert.match(after.stdout + after.stderr, /No resources found|not found/)
  })
}
