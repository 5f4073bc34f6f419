import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigMap, Deployment, Pod } from '../../api/types.ts'
import { type CommandResult, run } from '../../cli/command.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { bundled } from './programs.ts'

const chart = join(import.meta.dirname, 'chart')

interface Beacon {
  metadata: { name: string; uid: string }
  spec: { message: string; color: string; tone?: number }
}

/** What `helm history` and `helm list` tell of a release. */
interface Release {
  revision: number | string
  status: string
  description?: string
}

describe('helm 4 with a chart of a CRD, a custom resource, a deployment and hooks', () => {
  let cluster: TestCluster

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster()
  })
  after(() => cluster?.reset())

  const tryHelm = (...args: string[]): Promise<CommandResult> => {
    const home = join(cluster.dataDir, '..', 'helm')
    mkdirSync(home, { recursive: true })
    const env = { HOME: home, KUBECONFIG: cluster.kubeconfig }
    return run(bundled('helm'), args, { env })
  }
  const helm = async (...args: string[]) => {
    const { code, stdout, stderr } = await tryHelm(...args)
    assert.equal(code, 0, `helm ${args.join(' ')}:\n${stdout}${stderr}`)
    return stdout
  }
  const wait = ['--wait', '--timeout=60s']
  const history = async (release: string) =>
    JSON.parse(await helm('history', release, '--output=json')) as Release[]
  const message = async () => (await cluster.get<ConfigMap>('configmap web-message')).data?.message
  const managersOf = async (resource: string) => {
    const text = await cluster.kubectl([
      'get',
      resource,
      '--show-managed-fields',
      '--output=jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {.subresource}{"\\n"}{end}',
    ])
    return text.split('\n').map((line) => line.trim())
  }

  it('a dry run on the server shows what would be, and leaves nothing', async () => {
    const shown = await helm('install', 'web', chart, '--dry-run=server', '--skip-crds').catch(
      (error: Error) => error.message,
    )
    // The custom resource's kind is not there yet: helm says so, whatever else it shows.
    assert.match(shown, /beacon|Beacon/)
    assert.equal((await cluster.tryKubectl(['get', 'crd', 'beacons.example.com'])).code, 1)
  })

  it('installs: CRD first, then hook, objects, hook', async () => {
    await helm('install', 'web', chart, ...wait)
    const deployment = await cluster.get<Deployment>('deployment web')
    assert.equal(deployment.status?.availableReplicas, 2)
    const beacon = await cluster.get<Beacon>('beacon web')
    assert.deepEqual([beacon.spec.message, beacon.spec.color], ['first light', 'white'])
    const before = await cluster.get<Pod>('pod web-before')
    assert.equal(before.status?.phase, 'Succeeded')
    assert.equal((await cluster.tryKubectl(['get', 'pod', 'web-after'])).code, 1)
    assert.match(await cluster.kubectl(['logs', 'web-before']), /before 1/)
    assert.match(await helm('status', 'web'), /STATUS: deployed/)
  })

  it('owns what it applied on the server, and nothing else', async () => {
    const managers = await managersOf('deployment/web')
    assert.ok(managers.includes('helm Apply'), managers.join('\n'))
    assert.ok(
      managers.some((one) => one.endsWith(' Update status')),
      managers.join('\n'),
    )
    assert.ok((await managersOf('beacon/web')).includes('helm Apply'))
  })

  it('runs the tests of the chart', async () => {
    assert.match(await helm('test', 'web', '--logs', '--timeout=60s'), /Phase:\s+Succeeded/)
  })

  it('upgrades: what was scaled by hand is taken back only by force', async () => {
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=3'])
    const set = ['--set=message=second light', '--set=replicas=1']
    const refused = await tryHelm('upgrade', 'web', chart, ...set, ...wait)
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, /conflict.*\.spec\.replicas/s)
    await helm('upgrade', 'web', chart, ...set, '--force-conflicts', ...wait)
    assert.equal(await message(), 'second light')
    assert.equal((await cluster.get<Deployment>('deployment web')).spec?.replicas, 1)
    assert.equal((await cluster.get<Beacon>('beacon web')).spec.message, 'second light')
  })

  it('an upgrade that changes nothing writes no object anew', async () => {
    const versions = async () =>
      cluster.kubectl([
        'get',
        'deployment,service,beacon',
        '--output=jsonpath={range .items[*]}{.kind} {.metadata.resourceVersion}{"\\n"}{end}',
      ])
    const before = await versions()
    await helm('upgrade', 'web', chart, '--reuse-values', ...wait)
    assert.equal(await versions(), before)
  })

  it('an upgrade whose hook fails has failed, and is undone when that is asked for', async () => {
    const set = ['--set=message=no light', '--set=failHook=true', '--reuse-values']
    const { code, stderr } = await tryHelm('upgrade', 'web', chart, ...set, ...wait)
    assert.notEqual(code, 0)
    assert.match(stderr, /pre-upgrade|before|hook/)
    assert.equal(await message(), 'second light')
    assert.equal((await history('web')).at(-1)?.status, 'failed')
    const undone = await tryHelm('upgrade', 'web', chart, ...set, '--rollback-on-failure', ...wait)
    assert.notEqual(undone.code, 0)
    assert.match(undone.stderr, /rolled back|rollback-on-failure/)
    const last = (await history('web')).at(-1)
    assert.equal(last?.status, 'deployed')
    assert.match(last.description ?? '', /^Rollback to \d+$/)
    assert.equal(await message(), 'second light')
  })

  it('rolls back to the first revision', async () => {
    await helm('rollback', 'web', '1', '--force-conflicts', ...wait)
    assert.equal(await message(), 'first light')
    assert.equal((await cluster.get<Deployment>('deployment web')).spec?.replicas, 2)
    const last = (await history('web')).at(-1)
    assert.deepEqual([last?.status, last?.description], ['deployed', 'Rollback to 1'])
  })

  it('refuses what the schema and its rules refuse, and changes nothing', async () => {
    const invalid = { apiVersion: 'example.com/v1', kind: 'Beacon', metadata: { name: 'web' } }
    const red = { ...invalid, spec: { message: 'x', color: 'red' } }
    const { code, stderr } = await cluster.tryKubectl(['replace', '-f', '-'], {
      input: JSON.stringify(red),
    })
    assert.equal(code, 1)
    assert.match(stderr, /a red beacon needs ports/)
    assert.equal((await cluster.get<Beacon>('beacon web')).spec.color, 'white')
  })

  it('leaves the CRD to those who apply a newer one, and goes on with it', async () => {
    const older = readFileSync(join(chart, 'crds/beacons.yaml'), 'utf8')
    const newer = older.replace(/^( +)color:\n/m, '$1tone: { type: integer }\n$&')
    assert.match(
      await cluster.kubectl(['apply', '-f', '-'], { input: newer }),
      /beacons.example.com configured/,
    )
    await cluster.kubectl(['patch', 'beacon', 'web', '--type=merge', '-p', '{"spec":{"tone":440}}'])
    await helm('upgrade', 'web', chart, '--set=message=third light', '--no-hooks')
    const { spec } = await cluster.get<Beacon>('beacon web')
    assert.deepEqual([spec.message, spec.tone], ['third light', 440])
  })

  it('installs by client-side patches too, and moves to the server side', async () => {
    await helm('install', 'old', chart, '--server-side=false', '--set=replicas=1', ...wait)
    assert.ok(!(await managersOf('deployment/old')).includes('helm Apply'))
    await helm('upgrade', 'old', chart, '--server-side=true', '--set=replicas=2', ...wait)
    const managers = await managersOf('deployment/old')
    assert.ok(managers.includes('helm Apply'), managers.join('\n'))
    assert.equal((await cluster.get<Deployment>('deployment old')).spec?.replicas, 2)
    await helm('uninstall', 'old', ...wait)
  })

  it('uninstalls all but the CRD', async () => {
    await helm('uninstall', 'web', ...wait)
    const left = await cluster.kubectl(['get', 'deployment,beacon', '--output=name'])
    assert.equal(left.trim(), '')
    const services = await cluster.kubectl(['get', 'service', '--output=name'])
    assert.equal(services.trim(), 'service/kubernetes')
    assert.equal((await cluster.tryKubectl(['get', 'crd', 'beacons.example.com'])).code, 0)
    assert.deepEqual(JSON.parse(await helm('list', '--output=json')), [])
  })
})
