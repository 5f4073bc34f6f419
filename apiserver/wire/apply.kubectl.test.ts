import assert from 'node:assert/strict'
import { kubectls } from '../../test/e2e/programs.ts'
import type { ManagedFieldsEntry } from '../apply/managers.ts'
import { type KubectlHome, kubectlHome } from './kubectl.ts'
import { startWireServer, type WireServer } from './wire.ts'

const deployments = '/apis/apps/v1/namespaces/default/deployments'

const deployment = (replicas: number, image = 'nginx', labels = '') => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web${labels}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`

for (const { version, path } of kubectls())
  describe(`wire: server-side apply with kubectl ${version}`, function () {
    this.timeout(60_000)
    let wire: WireServer
    let home: KubectlHome

    beforeEach(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
    })
    afterEach(async () => {
      await wire.close()
      await home.remove()
      assert.deepEqual(wire.reported, [])
    })

    const kubectl = (line: string, input = '', expected = 0) =>
      home.run(path, line.split(' '), input, expected)

    const managers = async () => {
      const { json } = await wire.ask('GET', `${deployments}/web`)
      return (json.metadata.managedFields as ManagedFieldsEntry[]).map(
        ({ manager, operation }) => `${manager} ${operation}`,
      )
    }

    it('creates, changes, and leaves alone what is as it should be', async () => {
      const apply = 'apply --server-side -f -'
      const told = 'deployment.apps/web serverside-applied\nservice/web serverside-applied\n'
      assert.equal(await kubectl(apply, deployment(2)), told)
      const { json: before } = await wire.ask('GET', `${deployments}/web`)
      assert.equal(await kubectl(apply, deployment(2)), told)
      const { json: after } = await wire.ask('GET', `${deployments}/web`)
      assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion)
      assert.deepEqual(await managers(), ['kubectl Apply'])
      await kubectl(apply, deployment(3))
      assert.equal(await kubectl('get deployment web -o jsonpath={.spec.replicas}'), '3')
    })

    it('shows whose the fields are when it is asked', async () => {
      await kubectl('apply --server-side -f -', deployment(2))
      const hidden = await kubectl('get deployment web -o yaml')
      assert.doesNotMatch(hidden, /managedFields/)
      const shown = await kubectl('get deployment web -o yaml --show-managed-fields')
      assert.match(shown, /f:image: \{\}\n {16}f:name: \{\}\n {16}f:ports:\n/)
      assert.match(shown, /k:\{"containerPort":80,"protocol":"TCP"\}:/)
    })

    it('explains a conflict, and takes over when it is forced', async () => {
      await kubectl('apply --server-side --field-manager=first -f -', deployment(2))
      const refused = await kubectl(
        'apply --server-side --field-manager=second -f -',
        deployment(5),
        1,
      )
      assert.match(refused, /Apply failed with 1 conflict: conflict with "first": \.spec\.replicas/)
      assert.match(refused, /--force-conflicts/)
      const force = 'apply --server-side --field-manager=second --force-conflicts -f -'
      await kubectl(force, deployment(5))
      assert.deepEqual((await managers()).toSorted(), ['first Apply', 'second Apply'])
    })

    it('differs on the server', async () => {
      await kubectl('apply --server-side -f -', deployment(2))
      assert.equal(await kubectl('diff --server-side -f -', deployment(2)), '')
      const difference = await kubectl('diff --server-side -f -', deployment(4), 1)
      assert.match(difference, /^- {2}replicas: 2$/m)
      assert.match(difference, /^\+ {2}replicas: 4$/m)
    })

    it('moves from client-side apply to the server, and back', async () => {
      await kubectl('apply -f -', deployment(2, 'nginx', ', extra: x'))
      assert.deepEqual(await managers(), ['kubectl-client-side-apply Update'])
      await kubectl('apply --server-side -f -', deployment(3, 'nginx', ', extra: x'))
      assert.ok((await managers()).includes('kubectl Apply'))
      assert.equal(await kubectl('get deployment web -o jsonpath={.spec.replicas}'), '3')
      const dropped = await kubectl('apply --server-side -f -', deployment(3))
      assert.match(dropped, /serverside-applied/)
      assert.equal(await kubectl('get deployment web -o jsonpath={.metadata.labels.extra}'), '')
      const annotation = await kubectl(
        'get deployment web -o jsonpath={.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}',
      )
      assert.equal(JSON.parse(annotation).spec.replicas, 3)
      const back = await kubectl('apply -f -', deployment(6, 'nginx:2'))
      assert.match(back, /deployment.apps\/web configured\n/)
      const again = await kubectl('apply -f -', deployment(6, 'nginx:2'))
      assert.equal(again, 'deployment.apps/web unchanged\nservice/web unchanged\n')
      const both = 'get deployment web -o jsonpath={.spec.replicas}:{..containers[0].image}'
      assert.equal(await kubectl(both), '6:nginx:2')
    })

    it('knows who scaled, labelled and set an image', async () => {
      await kubectl('apply --server-side -f -', deployment(2))
      await kubectl('scale deployment web --replicas=7')
      await kubectl('label deployment web a=b')
      await kubectl('set image deployment web web=nginx:3')
      assert.deepEqual((await managers()).toSorted(), [
        'kubectl Apply',
        'kubectl Update',
        'kubectl-label Update',
        'kubectl-set Update',
      ])
      const conflict = await kubectl('apply --server-side -f -', deployment(2), 1)
      assert.match(conflict, /with subresource "scale" using apps\/v1:\n- \.spec\.replicas/)
      assert.match(conflict, /conflicts? with "kubectl-set" using apps\/v1/)
    })

    it('refuses fields that are not declared, and keys that stand twice', async () => {
      const odd = deployment(2).replace('  replicas: 2', '  replicas: 2\n  colour: red')
      assert.match(
        await kubectl('apply --server-side --validate=ignore -f -', odd, 1),
        /\.spec\.colour: field not declared in schema/,
      )
    })

    it('forgets managers, and starts over', async () => {
      await kubectl('apply --server-side -f -', deployment(2))
      await kubectl('patch deployment web --type=merge -p {"metadata":{"managedFields":[{}]}}')
      assert.match(
        await kubectl('apply --server-side --field-manager=other -f -', deployment(5), 1),
        /conflict with "before-first-apply" using apps\/v1: \.spec\.replicas/,
      )
    })
  })
