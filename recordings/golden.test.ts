import assert from 'node:assert/strict'
import { isPodTerminating } from '../api/pod-status.ts'
import type { Code } from '../rollouts/explanation.ts'
import { type Outcome, progressOf } from '../rollouts/progress.ts'
import { courseOf } from './course.ts'
import { kinshipOf } from './kinship.ts'
import { marksOf } from './marks.ts'
import { laneAt } from './slots.ts'
import { goldenLines, timelineOf } from './testing/goldens.ts'
import { recorded, scenarios } from './testing/scenarios.ts'
import type { Timeline } from './timeline.ts'

const web = { namespace: 'default', name: 'web' }

/** What was said at a time: `01:30` is a minute and a half after the beginning. */
type Verdict = [time: string, outcome: Outcome, code: Code]

/** Names that chance has drawn are left out, so that the same story is told by another draw. */
interface Tale {
  verdicts: Verdict[]
  notable: [kind: string, text: string][]
}

const begun: Tale['notable'] = [
  ['template', 'created with web:1 by user'],
  ['condition', 'Available is True: Deployment has minimum availability.'],
  ['complete', 'complete: web:1'],
]
const unpulled = 'Pod "POD", container "main": image "web.invalid/none:2" cannot be pulled'
const unpulledInFull = `${unpulled} (ErrImagePull/ImagePullBackOff).`
const crashes =
  'Pod "POD", container "main" exits with code 1 (Error) and is restarted with back-off (CrashLoopBackOff).'
const refused =
  'ReplicaSet "SET" cannot create pods: quota "small" is exceeded (pods: 3 of 3 used, 1 more asked for).'
const forbidden =
  'pods "POD" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3'
const noRoom =
  'Pod "POD" cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu; the old pods hold the room, and maxUnavailable is 0.'
const failed = (why: string): [string, string] => [
  'failed',
  `no progress within its deadline: ReplicaSet "SET" has timed out progressing. ${why}`,
]

const tales: Record<string, Tale> = {
  good: {
    verdicts: [
      ['00:01', 'under way', 'progressing'],
      ['00:10', 'complete', 'complete'],
      ['00:33', 'under way', 'progressing'],
      ['00:50', 'complete', 'complete'],
    ],
    notable: [
      ...begun,
      ['template', 'image web 1 -> 2 by user'],
      ['complete', 'complete: web:2'],
      ['scale', 'replicas 3 -> 5 by user'],
      ['condition', 'Available is False: Deployment does not have minimum availability.'],
      ['condition', 'Available is True: Deployment has minimum availability.'],
    ],
  },
  'bad-image': {
    verdicts: [
      ['00:40', 'under way', 'image'],
      ['01:55', 'failed', 'image'],
    ],
    notable: [
      ...begun,
      ['template', 'image web:1 -> web.invalid/none:2 by user'],
      [
        'warning',
        'Failed: Failed to pull image "web.invalid/none:2": failed to pull image "web.invalid/none:2"',
      ],
      ['warning', `RolloutStuck: ${unpulledInFull}`],
      failed(unpulledInFull),
    ],
  },
  'crash-loop': {
    verdicts: [
      ['00:31', 'under way', 'progressing'],
      ['00:40', 'under way', 'crash'],
      ['01:55', 'failed', 'crash'],
    ],
    notable: [
      ...begun,
      [
        'template',
        'image web 1 -> 2, annotations["tiphys.dev/simulated-exit"] added, annotations["tiphys.dev/simulated-ready"] added by user',
      ],
      ['warning', 'Unhealthy: Readiness probe failed: simulated readiness failure'],
      ['warning', `RolloutStuck: ${crashes}`],
      ['restart', 'POD restarted main after exit code 1, 1 in all'],
      ['warning', 'BackOff: Back-off restarting failed container main in pod POD_default(UID)'],
      ['restart', 'POD restarted main after exit code 1, 2 in all'],
      ['restart', 'POD restarted main after exit code 1, 3 in all'],
      failed(crashes),
    ],
  },
  quota: {
    verdicts: [
      ['00:32', 'under way', 'refused'],
      ['01:58', 'failed', 'refused'],
    ],
    notable: [
      ...begun,
      ['template', 'image web 1 -> 2 by user'],
      ['warning', `FailedCreate: Error creating: ${forbidden}`],
      ['condition', `ReplicaFailure is True: ${forbidden}`],
      ['warning', `RolloutStuck: ${refused}`],
      failed(refused),
    ],
  },
  'surge-deadlock': {
    verdicts: [
      ['00:32', 'under way', 'unschedulable'],
      ['01:55', 'failed', 'unschedulable'],
    ],
    notable: [
      ...begun,
      ['template', 'image web 1 -> 2 by user'],
      [
        'warning',
        'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
      ],
      ['warning', `RolloutStuck: ${noRoom}`],
      failed(noRoom),
    ],
  },
  'pause-resume': {
    verdicts: [
      ['00:33', 'under way', 'progressing'],
      ['01:00', 'paused', 'paused'],
      ['01:35', 'under way', 'progressing'],
      ['01:50', 'complete', 'complete'],
    ],
    notable: [
      ...begun,
      ['template', 'image web 1 -> 2 by user'],
      ['condition', 'paused by user'],
      ['condition', 'resumed by user'],
      ['complete', 'complete: web:2'],
    ],
  },
  undo: {
    verdicts: [
      ['00:40', 'under way', 'image'],
      ['01:20', 'complete', 'complete'],
    ],
    notable: [
      ...begun,
      ['template', 'image web:1 -> web.invalid/none:2 by user'],
      [
        'warning',
        'Failed: Failed to pull image "web.invalid/none:2": failed to pull image "web.invalid/none:2"',
      ],
      ['warning', `RolloutStuck: ${unpulledInFull}`],
      ['template', 'image web.invalid/none:2 -> web:1 by tiphys-rollout, user'],
      ['complete', 'complete: web:1'],
    ],
  },
  redo: {
    verdicts: [
      ['00:50', 'complete', 'complete'],
      ['01:03', 'under way', 'progressing'],
      ['01:20', 'complete', 'complete'],
      ['01:33', 'under way', 'progressing'],
      ['01:55', 'complete', 'complete'],
    ],
    notable: [
      ...begun,
      ['template', 'image web 1 -> 2 by user'],
      ['complete', 'complete: web:2'],
      ['template', 'image web 2 -> 1 by tiphys-rollout, user'],
      ['complete', 'complete: web:1'],
      ['template', 'image web 1 -> 2 by tiphys-rollout, user'],
      ['complete', 'complete: web:2'],
    ],
  },
}

const plain = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replaceAll(/web-[a-z0-9]{6,10}-[a-z0-9]{5}/g, 'POD')
    .replaceAll(/web-[a-z0-9]{6,10}/g, 'SET')

function told(timeline: Timeline, { verdicts }: Tale): Tale {
  return {
    verdicts: verdicts.map(([time]): Verdict => {
      const now = Date.parse(`2026-01-01T00:${time}Z`)
      const moment = timeline.momentOf(now)
      const snapshot = timeline.at(moment?.revision ?? -1, now)?.snapshotOf(web)
      assert.ok(snapshot, time)
      const { outcome, explanation } = progressOf(snapshot)
      return [time, outcome, explanation.code]
    }),
    notable: marksOf(timeline, web)
      .filter(({ notable }) => notable)
      .map(({ kind, text }) => [kind, plain(text)]),
  }
}

/** What controllers do never leaves fewer available than the floor, nor more pods than the ceiling. */
function assertBounds(timeline: Timeline): void {
  const { available } = courseOf(timeline, web)
  const pods = kinshipOf(timeline, web).branches.flatMap((branch) => branch.pods.flat())
  const deletions = new Set(
    pods.flatMap(({ before, after, revision }) =>
      before && after && isPodTerminating(after) && !isPodTerminating(before) ? [revision] : [],
    ),
  )
  assert.ok(available.length > 0)
  available.forEach((level, at) => {
    const text = JSON.stringify(level)
    assert.ok(level.active <= level.ceiling, text)
    const before = available[at - 1]?.available ?? 0
    if (deletions.has(level.revision) && level.available < before)
      assert.ok(level.available >= level.floor, text)
  })
}

/** Who is there keeps its place, and nobody shares one. */
function assertPlaces(timeline: Timeline): void {
  const { branches } = kinshipOf(timeline, web)
  const places = new Map<string, number>()
  const [edge, head] = [timeline.edge?.revision ?? 0, timeline.head?.revision ?? 0]
  for (const { uid: replicaSet } of branches)
    for (let revision = edge; revision <= head; revision++) {
      const { slots, size } = laneAt(timeline, replicaSet, { revision, at: '' })
      const there = slots.filter(({ gone }) => gone === undefined)
      const pods = timeline
        .at(revision)
        ?.list('Pod')
        .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === replicaSet)
      assert.deepEqual(
        there.map(({ pod }) => pod).sort(),
        pods?.map(({ metadata }) => metadata.name),
      )
      for (const { slot, uid } of slots) {
        assert.equal(places.get(uid) ?? slot, slot)
        assert.ok(slot < size)
        places.set(uid, slot)
      }
    }
}

describe('the recorded rollouts', () => {
  it('are those of all scenarios', () => {
    assert.deepEqual(Object.keys(tales), Object.keys(scenarios))
  })

  for (const [name, tale] of Object.entries(tales))
    describe(name, () => {
      let timeline: Timeline
      before(async () => {
        timeline = timelineOf(await goldenLines(name))
      })

      it('has the verdicts of then, and what is worth a stop', () => {
        assert.deepEqual(told(timeline, tale), tale)
      })

      it('stays within its bounds', () => assertBounds(timeline))

      it('has one place for each pod, whenever one looks', () => assertPlaces(timeline))

      it('goes the same way in a World of today', async () => {
        const today = timelineOf(await recorded(name))
        assert.deepEqual(told(today, tale), tale)
        assertBounds(today)
      }).timeout(20_000)
    })
})
