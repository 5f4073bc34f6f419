import assert from 'node:assert/strict'
import type { Deployment } from '../api/types.ts'
import type { WriteRecord } from '../api/write-record.ts'
import { type DeploymentVersion, episodesOf } from './episodes.ts'
import { historyOf } from './history.ts'
import { owned, templateOf } from './testing/sketch.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const by = (user: string, verb: WriteRecord['verb'] = 'patch'): WriteRecord => ({
  at: at(0),
  verb,
  user,
  fieldManager: 'kubectl-set',
  requestId: 'r',
})

interface Sketch {
  generation: number
  image: string
  second: number
  reason?: string
  /** The condition is that of the template before. */
  stale?: boolean
  observed?: number
  by?: WriteRecord
  uid?: string
}

function version(sketch: Sketch): DeploymentVersion {
  const { generation, image, second, reason, stale, observed = generation, uid = 'd' } = sketch
  const object: Deployment = {
    metadata: { name: 'web', uid, generation },
    spec: { selector: {}, template: templateOf(image) },
    status: {
      observedGeneration: observed,
      ...(reason === done && !stale && { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }),
      ...(reason && { conditions: [{ type: 'Progressing', status: 'True', reason }] }),
    },
  }
  return { object, at: at(second), ...(sketch.by && { by: sketch.by }) }
}

const done = 'NewReplicaSetAvailable'
const late = 'ProgressDeadlineExceeded'
const created = version({
  generation: 1,
  image: 'a',
  second: 0,
  observed: 0,
  by: by('alice', 'create'),
})

describe('the episodes of a deployment', () => {
  const short = (versions: DeploymentVersion[]) =>
    episodesOf(versions).map(({ by, began, took, outcome }) => [by?.user, began, took, outcome])

  it('begin with each template, and end when that is all there is', () => {
    const versions = [
      created,
      version({ generation: 1, image: 'a', second: 5, reason: done }),
      version({ generation: 2, image: 'b', second: 9, reason: done, observed: 1, by: by('bob') }),
      version({ generation: 2, image: 'b', second: 10, reason: done, stale: true }),
      version({ generation: 2, image: 'b', second: 12, reason: done }),
    ]
    assert.deepEqual(short(versions), [
      ['alice', at(0), 5_000, 'complete'],
      ['bob', at(9), 3_000, 'complete'],
    ])
  })

  it('do not begin when it is scaled, and stay complete then', () => {
    const scaled = version({ generation: 2, image: 'a', second: 20, reason: 'ReplicaSetUpdated' })
    const versions = [created, version({ generation: 1, image: 'a', second: 5, reason: done })]
    assert.deepEqual(short([...versions, scaled]), short(versions))
  })

  it('fail by the deadline, unless they come to a good end after all', () => {
    const failed = [created, version({ generation: 1, image: 'a', second: 600, reason: late })]
    assert.equal(episodesOf(failed)[0]?.outcome, 'failed')
    const better = version({ generation: 1, image: 'a', second: 700, reason: done })
    assert.deepEqual(short([...failed, better])[0]?.slice(2), [700_000, 'complete'])
  })

  it('are superseded by the next template, and the last is under way', () => {
    const next = version({ generation: 2, image: 'b', second: 3, observed: 1 })
    assert.deepEqual(
      episodesOf([created, next]).map(({ outcome }) => outcome),
      ['superseded', undefined],
    )
  })

  it('say nothing of a template that was there before history began, nor of another deployment', () => {
    const base = version({ generation: 4, image: 'a', second: 0, reason: done })
    assert.deepEqual(episodesOf([base]), [])
    const other = version({ generation: 1, image: 'b', second: 3, uid: 'e', by: by('eve') })
    assert.deepEqual(short([base, other]), [['eve', at(3), undefined, undefined]])
  })
})

describe('a history with episodes', () => {
  it('names who began a rollout, exactly when, and how it went', () => {
    const set = (image: string, revision: number) => ({
      metadata: {
        name: `web-${image}`,
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        creationTimestamp: at(30),
        ...owned('Deployment', 'd'),
      },
      spec: { selector: {}, template: templateOf(image) },
    })
    const back = version({ generation: 3, image: 'a', second: 50, observed: 2, by: by('carol') })
    const versions = [
      created,
      version({ generation: 2, image: 'b', second: 40, observed: 1, by: by('bob') }),
      version({ generation: 2, image: 'b', second: 45, reason: late }),
      back,
    ]
    const deployment = back.object
    const replicaSets = [set('a', 3), set('b', 2)]
    const entries = historyOf({ deployment, replicaSets, versions })
    assert.deepEqual(
      entries.map(({ by, began, outcome }) => [by?.user, began, outcome]),
      [
        ['carol', at(50), 'under way'],
        ['bob', at(40), 'failed'],
      ],
    )
    assert.deepEqual(
      historyOf({ deployment, replicaSets }).map((entry) => entry.by),
      [undefined, undefined],
    )
  })
})
