import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isPodActive, isPodReady, isPodTerminating } from '../../api/pod-status.ts'
import type { Deployment as DeploymentObject, Pod as PodObject } from '../../api/types.ts'
import { boundsOf, ceilingOf, floorOf } from '../../rollouts/bounds.ts'
import { controllerOf, Deployment, Pod, ReplicaSet } from '../framework/index.ts'
import { deploymentOf, imageOf, Stage, templateOf } from './stage.ts'

/** Milliseconds within which controllers may still act on what they knew before. */
const memory = 2000

/**
 * Watches the cluster itself, not what controllers know of it, and holds every pod that a controller creates or deletes
 * against the bounds that stood when it could have decided.
 */
class Judge {
  readonly violations: string[] = []
  readonly #stage: Stage
  readonly #pods = new Map<string, PodObject>()
  readonly #sizes = new Map<string, { at: number; size: number }[]>()
  #specs: { at: number; floor: number; ceiling: number; key: string }[] = []
  #faults: number[] = []
  #resizedAt = Number.NEGATIVE_INFINITY
  /** Set while the test itself takes a pod away. */
  byFault = false

  constructor(stage: Stage) {
    this.#stage = stage
    const { cluster } = stage
    cluster.watch(Deployment).subscribe((event) => {
      if (event.type !== 'BOOKMARK') this.#specified(event.object)
    })
    cluster.watch(ReplicaSet).subscribe((event) => {
      if (event.type === 'BOOKMARK') return
      const { metadata, spec } = event.object
      const sizes = this.#sizes.get(metadata.uid!) ?? []
      const last = sizes.at(-1)
      if (last?.size !== spec?.replicas) {
        if (last) last.at = this.#now
        sizes.push({ at: Number.POSITIVE_INFINITY, size: spec?.replicas ?? 0 })
      }
      this.#sizes.set(metadata.uid!, sizes)
    })
    cluster.watch(Pod).subscribe((event) => {
      if (event.type !== 'BOOKMARK') this.#podChanged(event.object, event.type === 'DELETED')
    })
  }

  get #now(): number {
    return this.#stage.clock.now()
  }

  #specified(deployment: DeploymentObject): void {
    const bounds = boundsOf(deployment)
    const { replicas, strategy, paused } = deployment.spec ?? {}
    const key = JSON.stringify([replicas, strategy, paused])
    const last = this.#specs.at(-1)
    if (last?.key === key) return
    if (last) {
      last.at = this.#now
      this.#resizedAt = this.#now
    }
    const { POSITIVE_INFINITY: at } = Number
    this.#specs.push({ at, floor: floorOf(bounds), ceiling: ceilingOf(bounds), key })
  }

  #podChanged(pod: PodObject, gone: boolean): void {
    const name = pod.metadata.name!
    const before = this.#pods.get(name)
    if (gone) this.#pods.delete(name)
    else this.#pods.set(name, pod)
    const wasReady = before !== undefined && isPodActive(before) && isPodReady(before)
    const isNowReady = !gone && isPodActive(pod) && isPodReady(pod)
    if (!before && !gone) this.#created(pod)
    if (!wasReady || isNowReady) return
    if (!this.byFault && (gone || isPodTerminating(pod))) this.#tookReady(pod)
    else this.#faults.push(this.#now)
  }

  #recent<T extends { at: number }>(entries: readonly T[]): T[] {
    return entries.filter(({ at }) => at >= this.#now - memory)
  }

  #created(pod: PodObject): void {
    const active = [...this.#pods.values()].filter(isPodActive)
    const ceiling = Math.max(...this.#recent(this.#specs).map((spec) => spec.ceiling))
    // A smaller Deployment first has to get rid of what it had.
    const settled = this.#now - this.#resizedAt > memory
    if (active.length > ceiling && settled)
      this.violations.push(`${active.length} pods above the ceiling ${ceiling}`)
    const { uid } = controllerOf(pod)!
    const owned = active.filter((each) => controllerOf(each)?.uid === uid).length
    const size = Math.max(...this.#recent(this.#sizes.get(uid) ?? []).map((each) => each.size))
    if (owned > size) this.violations.push(`a ReplicaSet of ${size} has ${owned} pods`)
  }

  #tookReady(pod: PodObject): void {
    if (this.#now - this.#resizedAt <= memory) return
    const ready = [...this.#pods.values()].filter((each) => isPodActive(each) && isPodReady(each))
    const floor = Math.min(...this.#recent(this.#specs).map((spec) => spec.floor))
    const excused = this.#faults.filter((at) => at >= this.#now - memory).length
    if (ready.length + excused < floor)
      this.violations.push(
        `took ready ${pod.metadata.name} (${imageOf(pod)}), leaving ${ready.length} of at least ${floor}`,
      )
  }
}

type Action =
  | { do: 'ready' | 'unready' | 'vanish' | 'end'; pick: number }
  | { do: 'image'; image: string }
  | { do: 'replicas'; replicas: number }
  | { do: 'pause'; paused: boolean }
  | { do: 'strategy'; surge: string | number; unavailable: string | number }
  | { do: 'wait'; ms: number }

const pick = fc.nat({ max: 50 })
const quantity = fc.constantFrom<string | number>('0%', '25%', '50%', 1, 2)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('ready' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unready' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('vanish' as const), pick }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('web:1', 'web:2', 'web:3')
      .map((image) => ({ do: 'image' as const, image })),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 9 })
      .map((replicas) => ({ do: 'replicas' as const, replicas })),
  },
  { weight: 1, arbitrary: fc.boolean().map((paused) => ({ do: 'pause' as const, paused })) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('strategy' as const),
      surge: quantity,
      unavailable: quantity,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom(0, 5, 40, 300, 2500).map((ms) => ({ do: 'wait' as const, ms })),
  },
)

async function perform(stage: Stage, judge: Judge, action: Action): Promise<void> {
  const patch = (spec: object) =>
    stage.cluster.patch(
      Deployment,
      { namespace: 'default', name: 'web' },
      { type: 'merge', body: { spec } },
    )
  switch (action.do) {
    case 'image':
      await patch({ template: templateOf(action.image) })
      break
    case 'replicas':
      await patch({ replicas: action.replicas })
      break
    case 'pause':
      await patch({ paused: action.paused })
      break
    case 'strategy':
      await patch({
        strategy: { rollingUpdate: { maxSurge: action.surge, maxUnavailable: action.unavailable } },
      })
      break
    case 'wait':
      await stage.clock.advance(action.ms)
      break
    default:
      await toPod(stage, judge, action)
  }
}

async function toPod(
  stage: Stage,
  judge: Judge,
  { do: what, pick }: { do: 'ready' | 'unready' | 'vanish' | 'end'; pick: number },
): Promise<void> {
  const pods = await stage.pods()
  const fitting = pods.filter((pod) => {
    if (what === 'end') return isPodTerminating(pod)
    return isPodActive(pod) && isPodReady(pod) === (what === 'unready')
  })
  const pod =
    what === 'vanish' ? pods[pick % (pods.length || 1)] : fitting[pick % (fitting.length || 1)]
  if (!pod) return
  judge.byFault = true
  if (what === 'ready' || what === 'unready') await stage.ready(pod, what === 'ready')
  else {
    const ref = { namespace: 'default', name: pod.metadata.name! }
    if (!pod.metadata.deletionTimestamp) await stage.cluster.remove(Pod, ref)
    await stage.end(pod)
  }
  judge.byFault = false
}

async function play(seed: number, lateness: number, actions: readonly Action[]): Promise<void> {
  const stage = new Stage({ seed, lateness })
  const judge = new Judge(stage)
  await stage.start()
  try {
    await stage.create(deploymentOf({ replicas: 5 }))
    await stage.finish()
    await stage.clock.advance(2 * memory)
    for (const each of actions) {
      await perform(stage, judge, each)
      assert.deepEqual(judge.violations, [], JSON.stringify(each))
    }
    await stage.change({ paused: false })
    await stage.clock.advance(5000)
    await stage.finish()
    assert.deepEqual(judge.violations, [])
    await assertConverged(stage)
  } finally {
    await stage.stop()
  }
}

async function assertConverged(stage: Stage): Promise<void> {
  const { spec, status } = await stage.deployment()
  const image = spec?.template.spec?.containers[0]?.image
  const pods = await stage.pods()
  assert.deepEqual(
    pods.map(imageOf),
    pods.map(() => image),
  )
  assert.equal(pods.length, spec?.replicas)
  assert.equal(status?.availableReplicas ?? 0, spec?.replicas)
  assert.match(await stage.condition('Progressing'), /^True NewReplicaSetAvailable/)
}

describe('rollout invariants', function () {
  this.timeout(60_000)
  const actions = fc.array(action, { minLength: 5, maxLength: 40, size: 'max' })

  for (const lateness of [0, 60])
    it(`hold for random faults and changes, told up to ${lateness} ms late, and rollouts end`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), actions, (seed, all) => play(seed, lateness, all)),
        { numRuns: 60, seed: 7 },
      )
    })
})
