import assert from 'node:assert/strict'
import type { KubernetesObject } from '../../api/object.ts'
import { ApiError, type Cluster } from '../../controllers/framework/index.ts'
import { Attendance } from './attendance.ts'
import { Script, web } from './testing/script.ts'

const owner = (kind: string, name: string, uid: string) => [
  { apiVersion: 'apps/v1', kind, name, uid, controller: true },
]

const replicaSet: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: 'web-a',
    namespace: 'default',
    uid: 'set-uid',
    resourceVersion: '1',
    ownerReferences: owner('Deployment', 'web', 'web-uid'),
  },
  spec: { replicas: 1, template: { spec: { containers: [] } } },
}

const crashed = (revision: number, restarts: number): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-a-1',
    namespace: 'default',
    uid: 'pod-uid',
    resourceVersion: String(revision),
    ownerReferences: owner('ReplicaSet', 'web-a', 'set-uid'),
  },
  spec: { containers: [{ name: 'app', image: 'web:1' }] },
  status: {
    containerStatuses: [
      {
        name: 'app',
        restartCount: restarts,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: {
          terminated: { exitCode: 1, finishedAt: `2026-01-01T00:00:${10 + restarts}Z` },
        },
      },
    ],
  },
})

/** What a rollout takes no pod away for before another one is there. */
const rigid = (): KubernetesObject => {
  const { spec, ...rest } = web(1, 1)
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  return { ...rest, spec: { ...(spec as object), strategy } }
}

describe('what is found out about a rollout that somebody looks at', () => {
  async function stage(log: () => string) {
    const script = new Script()
    const tab = script.tab()
    const asked: string[] = []
    let lists = 0
    const attendance = new Attendance({
      clock: script.clock,
      gateway: {
        async liveLog({ pod, container }, { previous } = {}) {
          asked.push(`${pod} ${container}${previous ? ' previous' : ''}`)
          return log()
        },
      },
      cluster: {
        async list() {
          lists++
          return { items: [], resourceVersion: '1' }
        },
      } as unknown as Pick<Cluster, 'list'>,
    })
    script.tell(
      script.header(),
      script.keyframe(1, rigid(), replicaSet, crashed(1, 1)),
      script.mark(1),
    )
    await script.settle()
    return {
      script,
      tab,
      asked,
      attend: () => attendance.attend(script.follower, 'web'),
      lists: () => lists,
    }
  }

  it('is what a container wrote before it ended, asked once an end', async () => {
    const { script, asked, attend } = await stage(() => '2026-01-01T00:00:10.5Z no such file\n')
    await attend()
    await attend()
    assert.deepEqual(asked, ['web-a-1 app previous'])
    const [log] = script.follower.timeline.logs.of('pod-uid')
    assert.deepEqual(log?.lines, ['no such file'])
    script.tell({ type: 'PUT', ...script.at(2), object: crashed(2, 2) })
    await script.settle()
    await attend()
    assert.equal(asked.length, 2)
    script.follower.stop()
  })

  it('is whether the next rollout has room, and not asked all the time', async () => {
    const { script, tab, attend, lists } = await stage(() => '')
    await attend()
    assert.equal(lists(), 2)
    await script.clock.advance(100)
    const view = tab.heard.filter(({ type }) => type === 'rollout').at(-1)?.data.rollout
    assert.match(view.forecast, /no node has room for it/)
    await attend()
    assert.equal(lists(), 2)
    await script.clock.advance(30_000)
    await attend()
    assert.equal(lists(), 4)
    script.follower.stop()
  })

  it('may be refused: what is known is shown without it', async () => {
    const { script, attend } = await stage(() => {
      throw new ApiError(403, 'Forbidden', 'pods/log is forbidden')
    })
    await attend()
    assert.deepEqual(script.follower.timeline.logs.of('pod-uid'), [])
    script.follower.stop()
  })
})
