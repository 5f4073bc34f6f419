import assert from 'node:assert/strict'
import { hasProgram, need } from '../../test/needs.ts'
import { type KubectlHome, kubectlHome } from './kubectl.ts'
import { startWireServer, type WireServer } from './wire.ts'

const template = (restartPolicy = 'Always') => ({
  metadata: { labels: { app: 'x' } },
  spec: { restartPolicy, containers: [{ name: 'c', image: 'i:1' }] },
})
const selected = { selector: { matchLabels: { app: 'x' } }, template: template() }
const job = { template: template('Never') }

/** One of each kind, as people write them. */
const objects = (
  [
    ['v1', 'ReplicationController', { spec: { replicas: 2, template: template() } }],
    ['v1', 'PodTemplate', { template: template() }],
    [
      'v1',
      'PersistentVolume',
      {
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          hostPath: { path: '/x' },
        },
      },
    ],
    [
      'v1',
      'PersistentVolumeClaim',
      { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    ],
    ['v1', 'ResourceQuota', { spec: { hard: { pods: '10', 'limits.cpu': '2' } } }],
    ['v1', 'LimitRange', { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } }],
    ['apps/v1', 'StatefulSet', { spec: { serviceName: 'x', ...selected } }],
    ['apps/v1', 'DaemonSet', { spec: selected }],
    ['batch/v1', 'Job', { spec: job }],
    ['batch/v1', 'CronJob', { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: job } } }],
    [
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      {
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'x' },
          maxReplicas: 3,
        },
      },
    ],
    ['policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, ...selectorOf() } }],
  ] as [string, string, object][]
).map(([apiVersion, kind, rest]) => ({ apiVersion, kind, metadata: { name: 'x' }, ...rest }))

function selectorOf() {
  return { selector: selected.selector }
}

const podOf = (name: string, resources: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i:1', resources }] },
})

const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
const types = 'rc,podtemplates,pv,pvc,quota,limits,sts,ds,jobs,cj,hpa,pdb'

/** Header and row of each table, runs of blanks as one. */
const tables = (text: string) =>
  text
    .trim()
    .split('\n\n')
    .map((table) => table.split('\n').map((line) => line.trim().replace(/ {2,}/g, '|')))

describe('wire: kinds for kubectl', function () {
  this.timeout(30_000)
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

  /** No argument may hold a blank. */
  const kubectl = (line: string, input = '') => home.run('kubectl', line.split(' '), input)

  it('are made, and then found unchanged', async () => {
    const made = await kubectl('apply -f -', manifest)
    assert.equal(made.match(/ created$/gm)?.length, objects.length, made)
    const again = await kubectl('apply -f -', manifest)
    // Lists that are replaced as a whole are always sent again, whoever serves them.
    assert.deepEqual(again.match(/.* configured$/gm), [
      'limitrange/x configured',
      'poddisruptionbudget.policy/x configured',
    ])
    assert.equal(again.match(/ unchanged$/gm)?.length, objects.length - 2, again)
  })

  it('are told as tables', async () => {
    const told = tables(await kubectl(`get ${types}`))
    assert.deepEqual(
      told.map(([header]) => header),
      [
        'NAME|DESIRED|CURRENT|READY|AGE',
        'NAME|CONTAINERS|IMAGES|POD LABELS',
        'NAME|CAPACITY|ACCESS MODES|RECLAIM POLICY|STATUS|CLAIM|STORAGECLASS|VOLUMEATTRIBUTESCLASS|REASON|AGE',
        'NAME|STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|VOLUMEATTRIBUTESCLASS|AGE',
        'NAME|REQUEST|LIMIT|AGE',
        'NAME|CREATED AT',
        'NAME|READY|AGE',
        'NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE',
        'NAME|STATUS|COMPLETIONS|DURATION|AGE',
        'NAME|SCHEDULE|TIMEZONE|SUSPEND|ACTIVE|LAST SCHEDULE|AGE',
        'NAME|REFERENCE|TARGETS|MINPODS|MAXPODS|REPLICAS|AGE',
        'NAME|MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE',
      ],
    )
    assert.ok(told.every((rows) => rows.length === 2))
  })

  it('take patches, and scale where there is something to scale', async () => {
    const patched = await kubectl('annotate -f - a=b', manifest)
    assert.equal(patched.match(/ annotated$/gm)?.length, objects.length, patched)
    await kubectl('scale --replicas=3 rc/x sts/x')
    assert.equal(await kubectl('get rc/x sts/x -o jsonpath={.items[*].spec.replicas}'), '3 3')
  })

  it('show autoscalers in the older form as well', async () => {
    const shown = await kubectl(
      'get horizontalpodautoscalers.v1.autoscaling x -o jsonpath={.apiVersion}:{.spec.targetCPUUtilizationPercentage}',
    )
    assert.equal(shown, 'autoscaling/v1:80')
    await kubectl('autoscale rc x --name=y --cpu-percent=50 --max=2')
    const stored = await kubectl(
      'get horizontalpodautoscalers.v2.autoscaling y -o jsonpath={.spec.metrics[0].resource.target.averageUtilization}',
    )
    assert.equal(stored, '50')
  })

  it('tell the state of the store, and that nobody should ask', async () => {
    assert.match(
      await kubectl('get cs'),
      /^NAME +STATUS +MESSAGE +ERROR\netcd-0 +Healthy +ok +\nWarning: v1 ComponentStatus is deprecated in v1.19\+\n$/,
    )
  })

  it('bind a pod whose name stands in the body', async () => {
    await kubectl('run p --image=i')
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'one' },
    }
    await kubectl('create --raw /api/v1/namespaces/default/bindings -f -', JSON.stringify(binding))
    assert.equal(await kubectl('get pod p -o jsonpath={.spec.nodeName}'), 'one')
  })

  it('debug a pod with a container more, and resize it', async () => {
    await kubectl('debug p --image=tools -c debugger')
    assert.equal(
      await kubectl('get pod p -o jsonpath={.spec.ephemeralContainers[*].name}'),
      'debugger',
    )
    const resources = { requests: { cpu: '1' }, limits: { cpu: '1500m' } }
    await kubectl('create -f -', JSON.stringify(podOf('q', resources)))
    const patch = { spec: { containers: [{ name: 'c', resources: { limits: { cpu: '2' } } }] } }
    await kubectl(`patch pod q --subresource=resize -p ${JSON.stringify(patch)}`)
    assert.equal(
      await kubectl('get pod q -o jsonpath={.spec.containers[0].resources}:{.metadata.generation}'),
      '{"limits":{"cpu":"2"},"requests":{"cpu":"1"}}:2',
    )
  })

  it('are all deleted', async () => {
    const gone = await kubectl('delete -f - --wait=false', manifest)
    assert.equal(gone.match(/ deleted$/gm)?.length, objects.length, gone)
  })
})
