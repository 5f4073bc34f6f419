import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { podOf, shell } from './manifests.ts'

const line = (text: string) => new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z ${text}$`)

describe('the log of a pod that is gone', () => {
  let cluster: TestCluster
  let uid = ''

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster({ storage: 'etcd' })
    // It dies once and runs on: what both instances wrote belongs to it.
    const script =
      'echo begun; if [ -e /v/died ]; then echo again; exec sleep 1000; fi; touch /v/died; exit 1'
    const mount = { volumeMounts: [{ name: 'v', mountPath: '/v' }] }
    const spec = {
      containers: [shell(script, mount)],
      volumes: [{ name: 'v', emptyDir: {} }],
    }
    await cluster.apply(podOf('web', spec))
    const pod = await cluster.waitUntil<Pod>(
      'pod/web',
      ({ status }) =>
        status?.containerStatuses?.[0]?.restartCount === 1 &&
        status.containerStatuses[0].state?.running !== undefined,
    )
    uid = pod.metadata.uid ?? ''
  })
  after(() => cluster?.reset())

  const log = async () => {
    const query = `namespace=default&pod=web&uid=${uid}&container=main`
    const text = await cluster.kubectl(['get', '--raw', `/tiphys/v1/log?${query}`])
    return text.trimEnd().split('\n')
  }
  const wanted = ['begun', 'begun', 'again'].map(line)
  const assertWhole = (lines: string[]) => {
    assert.equal(lines.length, wanted.length, lines.join('\n'))
    for (const [at, pattern] of wanted.entries()) assert.match(lines[at] ?? '', pattern)
    assert.deepEqual(lines, [...lines].sort())
  }

  it('has the lines of all its instances, with their times, while it runs', async () => {
    assertWhole(await log())
  })

  it('is there when the pod is not', async () => {
    await cluster.kubectl(['delete', 'pod', 'web', '--grace-period=1'])
    assertWhole(await log())
    await assert.rejects(cluster.kubectl(['logs', 'web']), /not found/)
  })

  it('is there after a stop and a start, and says of other pods that they are not', async () => {
    await cluster.stop()
    await cluster.start()
    assertWhole(await log())
    const other = '/tiphys/v1/log?namespace=default&pod=other&container=main'
    await assert.rejects(cluster.kubectl(['get', '--raw', other]), /there is no pod default\/other/)
  })

  it('goes with the cluster', async () => {
    const { dataDir } = cluster
    assert.ok(existsSync(join(dataDir, 'log', 'pods', 'past')))
    const { code, stdout, stderr } = await cluster.tiphys('reset')
    assert.equal(code, 0, stdout + stderr)
    assert.equal(existsSync(join(dataDir, 'log')), false)
    assert.equal(existsSync(dirname(dataDir)), true)
  })
})
