/** What containers wrote before they crashed belongs to the past of a rollout, also when their pods are gone. */

import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import type { Pod } from '../../api/types.ts'
import { run } from '../../cli/command.ts'
import { readFile } from '../../recordings/file.ts'
import type { Line } from '../../recordings/recording.ts'
import { hasProgram, isRoot, need } from '../needs.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { shell } from './manifests.ts'

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

const web = (script: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    // That it runs for a moment completes nothing.
    minReadySeconds: 5,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [shell(script)] },
    },
  },
})

describe('what a container wrote before it crashed', () => {
  let cluster: TestCluster
  let directory: string
  let env: Record<string, string>
  /** Crashes, and is gone after the undo. */
  let pod = ''
  let revision = ''

  const tiphys = async (...words: string[]) => {
    const options = { env, cwd: directory, timeoutMs: 60_000 }
    const result = await run(process.execPath, [main, ...words], options)
    return { ...result, text: result.stdout + result.stderr }
  }

  before(async function () {
    need(this, isRoot(), 'needs root')
    need(this, hasProgram('containerd'), 'needs containerd')
    cluster = await startCluster({ storage: 'sqlite' })
    directory = dirname(cluster.kubeconfig)
    env = { HOME: directory, KUBECONFIG: cluster.kubeconfig }
    await cluster.apply(web('wait_for_end'))
    await cluster.apply(web('echo no such table: users; exit 3'))
    const crashed = await cluster.waitUntil<Pod>(
      'pods',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    )
    pod = crashed.metadata.name ?? ''
    revision = crashed.metadata.resourceVersion ?? ''
    assert.equal((await tiphys('rollout', 'undo', 'deploy/web')).code, 0)
    await cluster.waitFor(`pod/${pod}`, 'delete')
  })
  after(() => cluster?.reset())

  it('is told of the pod that is gone', async () => {
    const { code, text } = await tiphys('why', `pod/${pod}`)
    assert.equal(code, 0, text)
    assert.match(text, /is gone\.\nAs it was last:\n.*exits with code 3/)
    assert.match(text, /no such table: users/)
  })

  it('is told of the moment', async () => {
    const { code, text } = await tiphys('why', 'deploy/web', '--at', `r${revision}`)
    assert.equal(code, 0, text)
    assert.match(text, /^ as of [\s\S]*exits with code 3[\s\S]*no such table: users/)
  })

  it('is in the recording', async () => {
    const { code, text } = await tiphys('rollout', 'record', 'deploy/web', '-o', 'web.jsonl.gz')
    assert.equal(code, 0, text)
    const logs: Extract<Line, { type: 'LOG' }>[] = []
    for await (const line of readFile(join(directory, 'web.jsonl.gz')))
      if (line.type === 'LOG') logs.push(line)
    assert.ok(logs.length >= 1)
    for (const log of logs) {
      assert.equal(log.pod.name, pod)
      // Runs are told apart by whole seconds: the next one may have begun within the last of them.
      assert.deepEqual([...new Set(log.lines)], ['no such table: users'])
    }
    assert.deepEqual(
      logs.map(({ restarts }) => restarts),
      logs.map((_, at) => at),
    )
  })
})
