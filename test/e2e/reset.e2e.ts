import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { difference, type Snapshot, snapshot } from './snapshot.ts'

const manifest = readFileSync(join(import.meta.dirname, '../../manifests/hello.yaml'), 'utf8')

describe('reset', () => {
  before(function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
  })

  it('leaves the machine as it was before the first start', async () => {
    const before = await snapshot([])
    const cluster = await startCluster()
    const marks = [cluster.name, dirname(cluster.dataDir)]
    try {
      await cluster.apply(manifest)
      await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
      assertSeen(difference(before, await snapshot(marks)))
    } finally {
      await cluster.reset()
    }
    assert.deepEqual(difference(before, await snapshot(marks)), {})
    assert.equal(existsSync(dirname(cluster.dataDir)), false)
  })

  it('does so too after everything was killed at once', async () => {
    const before = await snapshot([])
    const cluster = await startCluster()
    const marks = [cluster.name, dirname(cluster.dataDir)]
    try {
      await cluster.apply(manifest)
      await cluster.rolledOut('deployment/hello', { timeoutSeconds: 120 })
      await killAll(cluster)
    } finally {
      await cluster.reset()
    }
    assert.deepEqual(difference(before, await snapshot(marks)), {})
  })

  it('says that nothing is left when it is run again', async () => {
    const cluster = await startCluster({ storage: 'sqlite', runtime: 'simulated' })
    try {
      const first = await cluster.tiphys('reset')
      assert.equal(first.code, 0, first.stdout + first.stderr)
      const second = await cluster.tiphys('reset')
      assert.equal(second.code, 0, second.stdout + second.stderr)
      assert.match(second.stdout, /Nothing of \w+ is left/)
    } finally {
      await cluster.reset()
    }
  })
})

/** The comparison must see a running cluster, or its silence afterwards proves nothing. */
function assertSeen(seen: ReturnType<typeof difference>): void {
  const parts: (keyof Snapshot)[] = ['processes', 'links', 'routes', 'rules', 'mounts']
  for (const part of [...parts, 'controlGroups', 'ports', 'files'])
    assert.ok(seen[part], `a running cluster shows no ${part}`)
}

async function killAll(cluster: TestCluster): Promise<void> {
  const names = ['supervisor', 'kubelet', 'controllers', 'apiserver', 'containerd', 'etcd']
  const pids = await Promise.all(names.map((name) => cluster.pidOf(name)))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
}
