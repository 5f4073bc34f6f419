import assert from 'node:assert/strict'
import { kubectls } from '../../test/e2e/programs.ts'
import { type KubectlHome, kubectlHome, words } from './kubectl.ts'
import { startWireServer, type WireServer } from './wire.ts'

/** Every generator: what it is asked, and where a field of the result stands that only it can have set. */
const generators: [line: string, field: string, value: string][] = [
  ['clusterrole reads --verb=get --non-resource-url=/x', '{.rules[0].verbs}', '["get"]'],
  ['clusterrolebinding b --clusterrole=reads --user=zoe', '{.subjects[0].name}', 'zoe'],
  ['configmap settings --from-literal=a=b', '{.data}', '{"a":"b"}'],
  ["cronjob tick --image=i '--schedule=*/5 * * * *'", '{.spec.schedule}', '*/5 * * * *'],
  ['deployment web --image=i --replicas=2 --port=80', '{.spec.replicas}', '2'],
  ['ingress edge --rule=a.example/p*=web:80', '{.spec.rules[0].http.paths[0].path}', '/p'],
  ['job once --image=i -- echo hi', '{.spec.template.spec.containers[0].command}', '["echo","hi"]'],
  ['namespace other', '{.status.phase}', 'Active'],
  ['poddisruptionbudget some --selector=app=web --min-available=1', '{.spec.minAvailable}', '1'],
  ['priorityclass high --value=1000', '{.value}', '1000'],
  ['quota few --hard=pods=30,requests.cpu=1', '{.spec.hard}', '{"pods":"30","requests.cpu":"1"}'],
  [
    'role lists --verb=list --resource=pods,deployments.apps',
    '{.rules[*].resources}',
    '["pods"] ["deployments"]',
  ],
  [
    'rolebinding b --role=lists --serviceaccount=default:robot',
    '{.subjects[0].kind}',
    'ServiceAccount',
  ],
  ['secret generic hidden --from-literal=a=b', '{.data.a}', 'Yg=='],
  [
    'secret docker-registry registry --docker-username=u --docker-password=p',
    '{.type}',
    'kubernetes.io/dockerconfigjson',
  ],
  ['service clusterip inside --tcp=80:8080', '{.spec.ports[0].targetPort}', '8080'],
  ['service nodeport outside --tcp=80', '{.spec.type}', 'NodePort'],
  ['service loadbalancer front --tcp=80', '{.spec.type}', 'LoadBalancer'],
  ['service externalname away --external-name=a.example', '{.spec.externalName}', 'a.example'],
  ['serviceaccount robot', '{.metadata.name}', 'robot'],
]

for (const { version, path } of kubectls())
  describe(`wire: making things with kubectl ${version}`, function () {
    this.timeout(60_000)
    let wire: WireServer
    let home: KubectlHome

    before(async () => {
      wire = await startWireServer()
      home = await kubectlHome(wire)
      await kubectl('version')
    })
    after(async () => {
      await wire.close()
      await home.remove()
      assert.deepEqual(wire.reported, [])
    })

    const kubectl = (line: string, input = '', code = 0) => home.run(path, words(line), input, code)

    for (const [line, field, value] of generators)
      it(`create ${line}`, async () => {
        const [what = '', command] = line.split(' -- ')
        const rest = command ? ` -- ${command}` : ''
        assert.equal(await kubectl(`create ${what} -o jsonpath='${field}'${rest}`), value)
      })

    it('nothing twice', async () => {
      assert.match(
        await kubectl('create configmap settings', '', 1),
        /^error: failed to create configmap: configmaps "settings" already exists$/m,
      )
    })

    it('create job --from a cron job, owned by it', async () => {
      await kubectl('create job by-hand --from=cronjob/tick')
      const owner = '{.metadata.ownerReferences[0].kind}:{.metadata.annotations}'
      assert.equal(
        await kubectl(`get job by-hand -o jsonpath='${owner}'`),
        'CronJob:{"cronjob.kubernetes.io/instantiate":"manual"}',
      )
    })

    it('run, expose and autoscale', async () => {
      assert.match(await kubectl('run solo --image=i --port=80 --labels=app=solo'), /created/)
      assert.match(await kubectl('expose pod solo --name=solo'), /service\/solo exposed/)
      assert.match(await kubectl('expose deployment web --target-port=8080'), /exposed/)
      assert.match(await kubectl('autoscale deployment web --min=2 --max=5'), /autoscaled/)
      assert.equal(await kubectl('get svc solo -o jsonpath={.spec.selector}'), '{"app":"solo"}')
      assert.equal(await kubectl('get hpa web -o jsonpath={.spec.maxReplicas}'), '5')
    })

    it('tries without doing, on either side', async () => {
      for (const side of ['client', 'server'])
        assert.match(
          await kubectl(`create deployment tried --image=i --dry-run=${side}`),
          new RegExp(`created \\(${side === 'client' ? 'dry run' : 'server dry run'}\\)`),
        )
      assert.match(await kubectl('get deployment tried', '', 1), /NotFound/)
    })

    it('names what is made with a generated name', async () => {
      const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: some-}\n'
      assert.match(await kubectl('create -f -', body), /^configmap\/some-[a-z0-9]{5} created$/m)
    })
  })
