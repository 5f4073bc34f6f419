import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubectls } from '../../test/e2e/programs.ts'
import { type KubectlHome, kubectlHome, words } from './kubectl.ts'
import { configMap, deployment, pod, startWireServer, type WireServer } from './wire.ts'

const core = '/api/v1/namespaces/default'
const labelled = (name: string, labels: object) => ({
  ...configMap(name, { a: 'b' }, { labels }),
})

for (const { version, path } of kubectls())
  describe(`wire: changing things with kubectl ${version}`, function () {
    this.timeout(60_000)
    let wire: WireServer
    let home: KubectlHome

    before(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
      for (const [where, body] of [
        ['/api/v1/nodes', { metadata: { name: 'one' } }],
        [`${core}/serviceaccounts`, { metadata: { name: 'robot' } }],
        [`${core}/configmaps`, configMap('settings', { a: 'b' })],
        [`${core}/pods`, pod('solo')],
        [`${core}/services`, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } }],
        ['/apis/apps/v1/namespaces/default/deployments', deployment('web')],
      ] as [string, object][])
        assert.equal((await wire.ask('POST', where, { body })).code, 201)
    })
    after(async () => {
      await wire.close()
      await home.remove()
      assert.deepEqual(wire.reported, [])
    })

    const kubectl = (line: string, input = '', code = 0) => home.run(path, words(line), input, code)
    const field = (what: string, where: string) => kubectl(`get ${what} -o jsonpath='{${where}}'`)
    const container = '.spec.template.spec.containers[0]'

    it('labels and annotates: adds, overwrites only when told to, removes', async () => {
      await kubectl('label configmap settings tier=back')
      assert.match(
        await kubectl('label configmap settings tier=front', '', 1),
        /'tier' already has a value \(back\), and --overwrite is false/,
      )
      await kubectl('label configmap settings tier=front --overwrite')
      await kubectl("annotate configmap settings 'note=two words'")
      assert.equal(await field('configmap settings', '.metadata.labels.tier'), 'front')
      assert.equal(await field('configmap settings', '.metadata.annotations.note'), 'two words')
      assert.match(await kubectl('label configmap settings tier-'), /unlabeled/)
      await kubectl('annotate configmap settings note-')
      assert.equal(await field('configmap settings', '.metadata.labels'), '')
    })

    it('taints, cordons and uncordons nodes', async () => {
      await kubectl('taint node one gpu=yes:NoSchedule')
      await kubectl('cordon one')
      // Nobody says of this node that it is ready.
      const keys = 'gpu node.kubernetes.io/not-ready'
      assert.equal(await field('node one', '.spec.taints[*].key'), keys)
      assert.equal(await field('node one', '.spec.unschedulable'), 'true')
      await kubectl('taint node one gpu-')
      assert.match(await kubectl('uncordon one'), /node\/one uncordoned/)
      assert.match(await kubectl('uncordon one'), /already uncordoned/)
      assert.equal(await field('node one', '.spec.unschedulable'), '')
    })

    it('sets parts of what runs', async () => {
      await kubectl('set image deployment/web c=two')
      await kubectl('set env deployment/web A=1')
      await kubectl('set env deployment/web --from=configmap/settings --prefix=S_')
      await kubectl('set resources deployment web --limits=cpu=200m,memory=64Mi')
      await kubectl('set serviceaccount deployment web robot')
      await kubectl('set selector service web app=other')
      assert.equal(await field('deployment web', `${container}.image`), 'two')
      assert.equal(await field('deployment web', `${container}.env[*].name`), 'A S_A')
      assert.equal(await field('deployment web', `${container}.resources.limits.cpu`), '200m')
      assert.equal(await field('deployment web', '.spec.template.spec.serviceAccountName'), 'robot')
      assert.equal(await field('service web', '.spec.selector'), '{"app":"other"}')
      await kubectl('set env deployment/web A-')
      assert.equal(await field('deployment web', `${container}.env[*].name`), 'S_A')
      await kubectl('create rolebinding b --clusterrole=view --user=zoe')
      await kubectl('set subject rolebinding b --serviceaccount=default:robot')
      assert.equal(await field('rolebinding b', '.subjects[*].name'), 'zoe robot')
    })

    it('scales only from the number and the version that it names', async () => {
      await kubectl('scale deployment web --current-replicas=1 --replicas=3')
      assert.match(
        await kubectl('scale deployment web --current-replicas=1 --replicas=9', '', 1),
        /[Ee]xpected replicas to be 1, was 3/,
      )
      const resourceVersion = await field('deployment web', '.metadata.resourceVersion')
      await kubectl(`scale deployment web --resource-version=${resourceVersion} --replicas=4`)
      await kubectl(
        `scale deployment web --resource-version=${resourceVersion} --replicas=5`,
        '',
        1,
      )
      assert.equal(await field('deployment web', '.spec.replicas'), '4')
    })

    it('patches in every form, and subresources', async () => {
      await kubectl(`patch configmap settings --type=merge -p '{"data":{"a":"1","x":"2"}}'`)
      await kubectl(`patch configmap settings --type=json -p '[{"op":"remove","path":"/data/x"}]'`)
      const list = '{"spec":{"template":{"spec":{"containers":[{"name":"d","image":"e"}]}}}}'
      await kubectl(`patch deployment web --type=strategic -p '${list}'`)
      await kubectl(
        `patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":6}}'`,
      )
      assert.equal(await field('configmap settings', '.data'), '{"a":"1"}')
      const containers = await field('deployment web', '.spec.template.spec.containers[*].name')
      assert.equal(containers, 'd c')
      assert.equal(await field('deployment web --subresource=scale', '.spec.replicas'), '6')
      assert.match(
        await kubectl(`patch configmap settings -p '{"data":{"a":"1"}}'`),
        /patched \(no change\)/,
      )
    })

    it('edits with whatever editor one has', async () => {
      const editor = join(home.directory, 'editor')
      const edit = async (script: string) => {
        await writeFile(editor, `#!/bin/sh\nsed -i '${script}' "$1"\n`, { mode: 0o755 })
        home.env.KUBE_EDITOR = editor
        return kubectl('edit configmap settings')
      }
      assert.match(await edit('s/a: "1"/a: edited/'), /configmap\/settings edited/)
      assert.match(await edit(''), /Edit cancelled, no changes made/)
      assert.equal(await field('configmap settings', '.data.a'), 'edited')
    })

    it('replaces at the version that was read; by force, anew', async () => {
      const read = await kubectl('get configmap settings -o yaml')
      const uid = await field('configmap settings', '.metadata.uid')
      assert.match(await kubectl('replace -f -', read.replace('edited', 'replaced')), /replaced/)
      assert.match(
        await kubectl('replace -f -', read, 1),
        /\(Conflict\): .*the object has been modified; please apply your changes to the latest version/,
      )
      await kubectl('replace --force -f -', JSON.stringify(configMap('settings', { a: 'forced' })))
      assert.equal(await field('configmap settings', '.data.a'), 'forced')
      assert.notEqual(await field('configmap settings', '.metadata.uid'), uid)
    })

    it('applies with pruning: what is no longer said goes', async () => {
      const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      const [one, two] = [labelled('p1', { set: 'x' }), labelled('p2', { set: 'x' })]
      const prune = 'apply --prune -l set=x --prune-allowlist=core/v1/ConfigMap -f -'
      await kubectl(prune, list(one, two))
      assert.match(await kubectl(prune, list(one)), /configmap\/p1 unchanged\nconfigmap\/p2 pruned/)
      home.env.KUBECTL_APPLYSET = 'true'
      const set = 'apply --prune --applyset=parts -n default --server-side -f -'
      await kubectl(set, list(configMap('s1'), configMap('s2')))
      assert.match(await kubectl(set, list(configMap('s1'))), /configmap\/s2 pruned/)
      delete home.env.KUBECTL_APPLYSET
      assert.match(await field('secret parts', '.metadata.labels'), /applyset.kubernetes.io\/id/)
    })

    it('applies on the server, takes over by force, and edits what was applied last', async () => {
      const apply = 'apply --server-side --field-manager'
      await kubectl(`${apply}=one -f -`, JSON.stringify(configMap('owned', { a: '1' })))
      const other = JSON.stringify(configMap('owned', { a: '2' }))
      assert.match(await kubectl(`${apply}=two -f -`, other, 1), /conflict with "one": \.data\.a/)
      await kubectl(`${apply}=two --force-conflicts -f -`, other)
      assert.equal(await field('configmap owned', '.data.a'), '2')
      await kubectl('apply -f -', JSON.stringify(configMap('mine', { a: '1' })))
      assert.match(await kubectl('apply view-last-applied configmap mine'), /a: "1"/)
      const last = JSON.stringify(configMap('mine', { a: '3' }))
      await writeFile(join(home.directory, 'last.json'), last)
      await kubectl(`apply set-last-applied -f ${join(home.directory, 'last.json')}`)
      assert.match(await kubectl('apply view-last-applied configmap mine'), /a: "3"/)
    })

    it('asks for containers to debug with, of a pod, of its copy and of a node', async () => {
      await kubectl('debug solo --image=tools -c dbg --target=c --profile=general')
      const added = '.spec.ephemeralContainers[0]'
      assert.equal(await field('pod solo', `${added}.targetContainerName`), 'c')
      assert.equal(
        await field('pod solo', `${added}.securityContext.capabilities.add`),
        '["SYS_PTRACE"]',
      )
      await kubectl('debug solo --image=tools -c dbg --copy-to=copy --share-processes')
      assert.equal(await field('pod copy', '.spec.containers[*].name'), 'c dbg')
      assert.equal(await field('pod copy', '.spec.shareProcessNamespace'), 'true')
      await kubectl('debug node/one --image=tools --profile=general')
      const pods = await field('pods --field-selector=spec.nodeName=one', '.items[*]')
      assert.match(pods, /"name":"node-debugger-one-[a-z0-9]{5}"/)
      assert.match(pods, /"hostPID":true/)
    })

    it('deletes by name, label, field, file and all, and says what it would', async () => {
      for (const name of ['d1', 'd2', 'd3', 'd4', 'd5'])
        await wire.ask('POST', `${core}/configmaps`, { body: labelled(name, { kill: name }) })
      assert.match(
        await kubectl('delete configmap d1 --dry-run=server'),
        /deleted .*\(server dry run\)/,
      )
      assert.match(
        await kubectl('delete configmap/d1 configmap/none --ignore-not-found'),
        /"d1" deleted/,
      )
      assert.match(await kubectl('delete configmap -l kill=d2'), /"d2" deleted/)
      assert.match(
        await kubectl('delete configmap --field-selector=metadata.name=d3'),
        /"d3" deleted/,
      )
      assert.match(await kubectl('delete -f -', JSON.stringify(configMap('d4'))), /"d4" deleted/)
      assert.match(await kubectl(`delete --raw ${core}/configmaps/d5`), /"status":"Success"/)
      assert.match(
        await kubectl('delete configmap d5', '', 1),
        /\(NotFound\): configmaps "d5" not found/,
      )
      assert.match(await kubectl('delete pod solo --now'), /pod "solo" deleted/)
      assert.match(await kubectl('delete pod copy --force --grace-period=0'), /force deleted/)
      assert.match(await kubectl('delete configmap --all'), /"settings" deleted/)
      assert.equal(await kubectl('get configmaps -o name'), '')
    })

    it('deletes with or without what depends on it', async () => {
      for (const [name, policy, finalizer] of [
        ['kept', 'orphan', 'orphan'],
        ['first', 'foreground', 'foregroundDeletion'],
      ] as const) {
        const where = '/apis/apps/v1/namespaces/default/deployments'
        await wire.ask('POST', where, { body: deployment(name) })
        await kubectl(`delete deployment ${name} --cascade=${policy} --wait=false`)
        assert.equal(await field(`deployment ${name}`, '.metadata.finalizers'), `["${finalizer}"]`)
      }
      assert.match(await kubectl('delete deployment web --cascade=background'), /deleted/)
    })
  })
