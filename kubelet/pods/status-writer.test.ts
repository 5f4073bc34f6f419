import assert from 'node:assert/strict'
import type { Pod, PodStatus } from '../../api/types.ts'
import { ApiError, Pod as PodKind } from '../../controllers/framework/index.ts'
import { seededRandom } from '../../ports/random.ts'
import { VirtualClock } from '../../ports/virtual-clock.ts'
import { StatusWriter, statusPatch } from './status-writer.ts'
import { TestCluster } from './test-cluster.ts'

describe('status patches', () => {
  it('send only what differs', () => {
    assert.equal(statusPatch({ phase: 'Running' }, { phase: 'Running' }), undefined)
    assert.deepEqual(
      statusPatch({ phase: 'Pending', podIP: 'a' }, { phase: 'Running', podIP: 'a' }),
      {
        phase: 'Running',
      },
    )
  })

  it('leave the conditions of others alone', () => {
    const base: PodStatus = {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'X', lastProbeTime: undefined },
        { type: 'example.com/gate', status: 'True' },
      ],
    }
    assert.deepEqual(statusPatch(base, { conditions: [{ type: 'Ready', status: 'True' }] }), {
      conditions: [{ type: 'Ready', status: 'True', reason: null }],
    })
  })

  it('take addresses away by name, because lists are merged', () => {
    assert.deepEqual(statusPatch({ podIPs: [{ ip: 'a' }] }, { podIPs: [{ ip: 'b' }] }), {
      podIPs: [{ ip: 'b' }, { ip: 'a', $patch: 'delete' }],
    })
  })
})

describe('status writer', () => {
  const clock = new VirtualClock()
  let cluster: TestCluster
  let writer: StatusWriter
  let pod: Pod
  let errors: unknown[]

  beforeEach(async () => {
    cluster = new TestCluster(clock)
    errors = []
    const onError = (error: unknown) => errors.push(error)
    writer = new StatusWriter({ cluster, clock, random: seededRandom(1), patience: 0, onError })
    pod = await cluster.create(PodKind, { metadata: { name: 'web', namespace: 'default' } })
  })
  afterEach(() => writer.close())

  const writes = () => cluster.writes.filter(({ verb }) => verb === 'patch/status')
  const stored = () => cluster.peek(PodKind, 'default', 'web')?.status?.phase

  it('writes the latest of many, one write at a time', async () => {
    for (const phase of ['Pending', 'Running', 'Succeeded']) writer.set(pod, { phase })
    await clock.advance(0)
    assert.equal(stored(), 'Succeeded')
    assert.ok(writes().length <= 2)
  })

  it('waits a little for what changes together, but not when it is to be sure', async () => {
    const options = { cluster, clock, random: seededRandom(1), onError: () => {} }
    const patient = new StatusWriter({ ...options, patience: 5 })
    patient.set(pod, { phase: 'Pending' })
    patient.set(pod, { phase: 'Running' })
    await clock.advance(4)
    assert.equal(writes().length, 0)
    await clock.advance(1)
    assert.deepEqual([writes().length, stored()], [1, 'Running'])
    patient.set(pod, { phase: 'Succeeded' })
    await patient.flush(pod.metadata.uid ?? '')
    assert.equal(stored(), 'Succeeded')
  })

  it('does not write again what a watch shows late', async () => {
    writer.set(pod, { phase: 'Running' })
    await clock.advance(0)
    writer.observe(pod)
    writer.set(pod, { phase: 'Running' })
    await clock.advance(0)
    assert.equal(writes().length, 1)
  })

  it('writes again what somebody else has changed', async () => {
    writer.set(pod, { phase: 'Running' })
    await clock.advance(0)
    const patch = { type: 'merge', body: { status: { phase: 'Failed' } } } as const
    const other = await cluster.patch(PodKind, { namespace: 'default', name: 'web' }, patch)
    writer.observe(other)
    writer.set(other, { phase: 'Running' })
    await clock.advance(0)
    assert.equal(stored(), 'Running')
  })

  it('tries again while the server is away', async () => {
    cluster.away = true
    writer.set(pod, { phase: 'Running' })
    await clock.advance(60_000)
    cluster.away = false
    await clock.advance(5000)
    assert.equal(stored(), 'Running')
    assert.ok(errors.length > 3 && errors.length < 30, `${errors.length} tries`)
  })

  it('gives up a pod that is gone, or another one by now', async () => {
    await cluster.remove(PodKind, { namespace: 'default', name: 'web' }, { gracePeriodSeconds: 0 })
    await cluster.create(PodKind, { metadata: { name: 'web', namespace: 'default', uid: 'other' } })
    writer.set(pod, { phase: 'Running' })
    await clock.advance(60_000)
    assert.equal(stored(), undefined)
    assert.deepEqual([writes().length, errors.length], [0, 0])
  })

  it('does not repeat a status that is refused, but sends another one', async () => {
    const patch = cluster.patch.bind(cluster)
    let refusals = 0
    cluster.patch = async () => {
      refusals++
      throw new ApiError(422, 'Invalid', 'status.phase: nonsense')
    }
    writer.set(pod, { phase: 'Nonsense' })
    writer.set(pod, { phase: 'Nonsense' })
    await clock.advance(60_000)
    assert.deepEqual([refusals, errors.length], [1, 1])
    cluster.patch = patch
    writer.set(pod, { phase: 'Running' })
    await clock.advance(0)
    assert.equal(stored(), 'Running')
  })
})
