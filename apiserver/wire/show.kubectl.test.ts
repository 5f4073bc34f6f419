import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { kubectls } from '../../test/e2e/programs.ts'
import { certificateRequest } from './certificate-request.ts'
import { type KubectlHome, kubectlHome, words } from './kubectl.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const core = '/api/v1/namespaces/default'
const deployments = '/apis/apps/v1/namespaces/default/deployments'

const event = (name: string, type: string, involvedObject: object) => ({
  metadata: { name },
  involvedObject: { apiVersion: 'v1', namespace: 'default', ...involvedObject },
  type,
  reason: 'Noticed',
  message: `something of ${name}`,
  source: { component: 'test' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:00Z',
  count: 1,
})

for (const { version, path } of kubectls())
  describe(`wire: looking at things with kubectl ${version}`, function () {
    this.timeout(60_000)
    let wire: WireServer
    let home: KubectlHome

    const make = async (where: string, body: object) => {
      const { code, json } = await wire.ask('POST', where, { body })
      assert.equal(code, 201, JSON.stringify(json))
      return json
    }

    before(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
      await make('/api/v1/nodes', { metadata: { name: 'one' } })
      const { metadata } = await make(`${core}/pods`, pod('solo', {}, { labels: { app: 'solo' } }))
      await make(deployments, deployment('web'))
      for (const name of ['a', 'b', 'c']) await make(`${core}/configmaps`, configMap(name))
      const { uid } = metadata
      await make(`${core}/events`, event('e1', 'Warning', { kind: 'Pod', name: 'solo', uid }))
      await make(`${core}/events`, event('e2', 'Normal', { kind: 'ConfigMap', name: 'a' }))
    })
    after(async () => {
      await wire.close()
      await home.remove()
      assert.deepEqual(wire.reported, [])
    })

    const kubectl = (line: string, input = '', code = 0) => home.run(path, words(line), input, code)
    const setStatus = (where: string, status: object) =>
      wire.ask('PATCH', `${where}/status`, { body: { status } })

    it('gets in every form', async () => {
      const maps = 'get configmaps'
      assert.equal(
        await kubectl(`${maps} -o name --chunk-size=1`),
        'configmap/a\nconfigmap/b\nconfigmap/c\n',
      )
      assert.equal(
        await kubectl(`${maps} --no-headers -o custom-columns=N:.metadata.name`),
        'a\nb\nc\n',
      )
      assert.equal(await kubectl(`${maps} -o jsonpath='{.items[*].metadata.name}'`), 'a b c')
      assert.equal(await kubectl(`${maps} -o go-template='{{len .items}}'`), '3')
      assert.match(
        await kubectl(`${maps} --sort-by=.metadata.name`),
        /^NAME +DATA +AGE\na +0 +\d+s\nb/,
      )
      assert.match(
        await kubectl(`${maps} -A --field-selector=metadata.name=b`),
        /^default +b +0 +\d+s$/m,
      )
      assert.match(
        await kubectl('get pod,deployment -L app --show-kind'),
        /^pod\/solo +0\/1 +Pending .* solo$/m,
      )
      assert.match(await kubectl('get pod solo -o wide'), /<none> +<none> +<none> +<none>$/m)
      assert.match(
        await kubectl('get deployment web --subresource=scale -o yaml'),
        /^kind: Scale$/m,
      )
      assert.match(await kubectl('get configmap a none', '', 1), /configmaps "none" not found/)
      assert.match(await kubectl('get nothing', '', 1), /doesn't have a resource type "nothing"/)
      assert.match(await kubectl('get all,cm -l app=solo'), /^pod\/solo /m)
    })

    it('tells events: all, of one object, of one type, and with what it describes', async () => {
      assert.match(await kubectl('events'), /Normal +Noticed +ConfigMap\/a +something of e2/)
      const ofPod = await kubectl('events --for pod/solo --types=Warning')
      assert.match(ofPod, /Pod\/solo +something of e1/)
      assert.doesNotMatch(ofPod, /e2/)
      assert.match(
        await kubectl('get events --field-selector=type=Normal -o name'),
        /^event\/e2\n$/,
      )
      assert.match(await kubectl('describe pod solo'), /Warning +Noticed .* something of e1/)
      assert.match(
        await kubectl('get events.v1.events.k8s.io e1 -o jsonpath={.note}'),
        /something of e1/,
      )
    })

    it('waits for conditions, values, creation and deletion, or gives up', async () => {
      await setStatus(`${core}/pods/solo`, {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
      })
      const waits = 'wait --timeout=20s --for'
      await kubectl(`${waits}=condition=Ready pod/solo`)
      await kubectl(`${waits}=jsonpath='{.status.phase}'=Running pod -l app=solo`)
      await kubectl(`${waits}=condition=Ready=true pod --all`)
      const [waited] = await Promise.all([
        kubectl(`${waits}=create configmap/late`),
        make(`${core}/configmaps`, configMap('late')),
      ])
      assert.match(waited, /configmap\/late condition met/)
      await Promise.all([
        kubectl(`${waits}=delete configmap/late`),
        wire.ask('DELETE', `${core}/configmaps/late`),
      ])
      const [changed] = await Promise.all([
        kubectl(`${waits}=jsonpath='{.data.now}'=yes configmap/a`),
        wire.ask('PATCH', `${core}/configmaps/a`, { body: { data: { now: 'yes' } } }),
      ])
      assert.match(changed, /condition met/)
      assert.match(
        await kubectl('wait --for=condition=Available deployment/web --timeout=100ms', '', 1),
        /timed out waiting for the condition on deployments\/web/,
      )
    })

    it('knows what there is, and explains it', async () => {
      const kinds = await kubectl('api-resources --no-headers --sort-by=name')
      assert.match(kinds, /^pods +po +v1 +true +Pod$/m)
      assert.match(
        await kubectl('api-resources --api-group=apps --namespaced -o name'),
        /^deployments.apps$/m,
      )
      assert.match(
        await kubectl('api-resources --verbs=list -o wide'),
        /deployments +deploy .*list.* all$/m,
      )
      assert.match(await kubectl('api-versions'), /^v1$/m)
      assert.match(
        await kubectl('explain pod.spec.containers.ports'),
        /containerPort\t<integer> -required-/,
      )
      assert.match(await kubectl('explain deployment --recursive'), /minReadySeconds\t<integer>/)
    })

    it('says plainly that there are no metrics', async () => {
      for (const what of ['nodes', 'pods'])
        assert.match(await kubectl(`top ${what}`, '', 1), /error: Metrics API not available/)
    })

    it('tells of the cluster, and dumps it', async () => {
      assert.match(await kubectl('cluster-info'), /control plane.* is running at .*https:\/\/127/)
      const dump = await kubectl('cluster-info dump --output=yaml --namespaces=default')
      assert.match(dump, /^kind: NodeList$/m)
      assert.match(await kubectl('version -o yaml'), /serverVersion:(.|\n)*gitVersion: v1\.36/)
    })

    it('asks any path as it is', async () => {
      assert.match(await kubectl(`get --raw ${core}/configmaps/b`), /"name":"b"/)
      const made = JSON.stringify(configMap('raw'))
      await kubectl(`create --raw ${core}/configmaps -f -`, made)
      await kubectl(`replace --raw ${core}/configmaps/raw -f -`, made.replace('{}', '{"a":"b"}'))
      assert.match(await kubectl(`delete --raw ${core}/configmaps/raw`), /"status":"Success"/)
      assert.match(await kubectl('get --raw /nothing', '', 1), /NotFound/)
    })

    it('is a proxy for those who have no credentials', async () => {
      const proxy: ChildProcess = spawn(path, ['proxy', '--port=0'], { env: home.env })
      try {
        const [line] = (await once(proxy.stdout ?? proxy, 'data')) as [Buffer]
        const at = /127\.0\.0\.1:\d+/.exec(line.toString())?.[0]
        const response = await fetch(`http://${at}${core}/configmaps/b`)
        assert.equal(((await response.json()) as { kind: string }).kind, 'ConfigMap')
        const watching = new AbortController()
        const { body } = await fetch(`http://${at}${core}/configmaps?watch=1`, {
          signal: watching.signal,
        })
        for await (const chunk of body ?? []) {
          assert.match(Buffer.from(chunk).toString(), /^\{"type":"ADDED"/)
          break
        }
        watching.abort()
      } finally {
        proxy.kill()
        await once(proxy, 'exit')
      }
    })

    it('approves and denies requests for certificates', async () => {
      for (const [name, verb, condition] of [
        ['good', 'approve', 'Approved'],
        ['bad', 'deny', 'Denied'],
      ] as const) {
        await make('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
          metadata: { name },
          spec: {
            request: await certificateRequest(name),
            signerName: 'example.com/signer',
            usages: ['client auth'],
          },
        })
        assert.match(
          await kubectl(`get csr ${name}`),
          /example.com\/signer +admin +<none> +Pending/,
        )
        assert.match(
          await kubectl(`certificate ${verb} ${name}`),
          new RegExp(`${name} ${condition.toLowerCase()}`),
        )
        assert.match(await kubectl(`get csr ${name}`), new RegExp(` ${condition}$`, 'm'))
        assert.match(await kubectl(`describe csr ${name}`), new RegExp(`Status: +${condition}`))
      }
    })

    it('tells differences as diff does', async () => {
      const wanted = { ...deployment('web', 5) }
      const difference = await kubectl('diff -f -', JSON.stringify(wanted), 1)
      assert.match(difference, /^-\s+replicas: 1$/m)
      assert.match(difference, /^\+\s+replicas: 5$/m)
      assert.match(
        await kubectl('diff -f -', JSON.stringify(configMap('new')), 1),
        /^\+ +name: new$/m,
      )
    })
  })
