import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { hasProgram, need } from '../../test/needs.ts'
import { type KubectlHome, kubectlHome } from './kubectl.ts'
import { startWireServer, type WireServer } from './wire.ts'

const deploymentYaml = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 80}]
        livenessProbe: {httpGet: {path: /, port: 80}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`

describe('wire: stock kubectl', () => {
  let wire: WireServer
  let home: KubectlHome

  before(async function () {
    need(this, hasProgram('kubectl'), 'kubectl is not installed')
    wire = await startWireServer()
    home = await kubectlHome(wire)
  })
  after(async () => {
    await wire?.close()
    await home?.remove()
    assert.deepEqual(wire?.reported ?? [], [])
  })

  const kubectl = (line: string, input = '', expected = 0) =>
    home.run('kubectl', line.split(' '), input, expected)

  it('applies, and knows when nothing has changed', async () => {
    assert.equal(
      await kubectl('apply -f -', deploymentYaml('one')),
      'deployment.apps/web created\nservice/web created\n',
    )
    assert.equal(
      await kubectl('apply -f -', deploymentYaml('one')),
      'deployment.apps/web unchanged\nservice/web unchanged\n',
    )
    assert.equal(await kubectl('diff -f -', deploymentYaml('one')), '')
    const difference = await kubectl('diff -f -', deploymentYaml('two'), 1)
    assert.match(difference, /^-\s+- image: one$/m)
    assert.match(difference, /^\+\s+- image: two$/m)
    assert.equal(
      await kubectl('apply -f -', deploymentYaml('two')),
      'deployment.apps/web configured\nservice/web unchanged\n',
    )
  })

  it('prints tables as they are known', async () => {
    const table = await kubectl('get deployments,services')
    assert.match(table, /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE$/m)
    assert.match(table, /^deployment.apps\/web +0\/2 +0 +0 +\d+s$/m)
    assert.match(table, /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE$/m)
    assert.match(await kubectl('get ns'), /^kube-node-lease +Active +\d+s$/m)
    assert.match(await kubectl('get all -A --show-labels'), /service\/kubernetes/)
    assert.match(await kubectl('get deploy web -o wide'), /CONTAINERS +IMAGES +SELECTOR +ROLLOUT/)
    assert.match(await kubectl('get deploy -o name'), /^deployment.apps\/web\n$/)
    assert.match(await kubectl('get svc --sort-by=.metadata.name'), /kubernetes(.|\n)*web/)
    assert.match(await kubectl('get pods'), /No resources found in default namespace/)
  })

  it('writes in every way it has', async () => {
    const done = async (line: string, expected: RegExp) => {
      assert.match(await kubectl(line), expected)
    }
    await done('scale deploy web --replicas=5', /scaled/)
    await done('scale deploy web --replicas=6 --current-replicas=5', /scaled/)
    await done('label deploy web tier=front', /labeled/)
    await done('annotate deploy web note=yes', /annotated/)
    await done('set image deploy/web web=three', /image updated/)
    await done('patch deploy web -p {"spec":{"paused":true}}', /patched/)
    await done('patch deploy web --type=json -p [{"op":"remove","path":"/spec/paused"}]', /patched/)
    await done(
      'patch deploy web --subresource=status --type=merge -p {"status":{"replicas":1}}',
      /patched/,
    )
    await done('rollout restart deploy web', /restarted/)
    await done('create configmap settings --from-literal=a=b', /created/)
    await done('create secret generic hidden --from-literal=a=b', /created/)
    await done('create deployment made --image=x', /created/)
    await done('create namespace other', /created/)
    await done('run solo --image=x', /created/)
    await done('expose deploy made --port=80', /exposed/)
    const spec = await kubectl(
      'get deploy web -o jsonpath={.spec.replicas},{.metadata.labels.tier},{.spec.template.spec.containers[0].image},{.status.replicas}',
    )
    assert.equal(spec, '6,front,three,1')
    const yaml = await kubectl('get configmap settings -o yaml')
    assert.match(await kubectl('replace -f -', yaml.replace('a: b', 'a: c')), /replaced/)
    assert.equal(await kubectl('get configmap settings -o jsonpath={.data.a}'), 'c')
  })

  it('is refused in the words it is used to', async () => {
    assert.match(
      await kubectl('get configmap none', '', 1),
      /^Error from server \(NotFound\): configmaps "none" not found$/m,
    )
    assert.match(
      await kubectl('create configmap settings', '', 1),
      /configmaps "settings" already exists$/m,
    )
    assert.match(
      await kubectl(
        'create -f -',
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nfoo: 1\n',
        1,
      ),
      /strict decoding error: unknown field "foo"/,
    )
    assert.match(
      await kubectl('get pods --field-selector=foo=bar', '', 1),
      /field label not supported: foo/,
    )
  })

  it('describes, explains, and lists what there is', async () => {
    assert.match(await kubectl('describe pod solo'), /^Service Account: +default$/m)
    assert.match(await kubectl('describe deploy web'), /^Replicas: +6 desired/m)
    assert.match(await kubectl('explain deployment.spec.replicas'), /FIELD: replicas <integer>/)
    assert.match(
      await kubectl('api-resources'),
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
    )
    assert.match(await kubectl('api-versions'), /^apps\/v1$/m)
    assert.match(await kubectl('version'), /Server Version: v1\.36/)
    assert.match(await kubectl('get --raw /readyz'), /ok/)
  })

  it('watches, and waits', async () => {
    const child = spawn('kubectl', ['get', 'configmaps', '-w', '--no-headers'], {
      env: home.env,
    })
    let seen = ''
    let heard = () => {}
    child.stdout.on('data', (chunk) => {
      seen += chunk
      heard()
    })
    const until = async (expected: RegExp) => {
      while (!expected.test(seen))
        await new Promise<void>((wake) => {
          heard = wake
        })
    }
    await until(/^settings/m)
    await kubectl('create configmap watched')
    await until(/^watched +0 +\d+s$/m)
    child.kill()
    const waiting = kubectl('wait --for=delete configmap/watched --timeout=10s')
    await kubectl('delete configmap watched')
    await waiting
  })

  it('deletes', async () => {
    assert.match(await kubectl('delete deploy,svc web'), /"web" deleted(.|\n)*"web" deleted/)
    assert.match(await kubectl('delete pod solo --force --grace-period=0'), /force deleted/)
    assert.match(await kubectl('delete deploy --all'), /"made" deleted/)
    assert.match(
      await kubectl('delete namespace default', '', 1),
      /\(Forbidden\): namespaces "default" is forbidden: this namespace may not be deleted/,
    )
  })
}).timeout(30_000)
