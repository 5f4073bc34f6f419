/** What it takes to look at any moment of the past: 10,000 objects, 100,000 versions of them. */

import type { KubernetesObject } from '../api/object.ts'
import type { Line } from '../recordings/recording.ts'
import { goldenLines } from '../recordings/testing/goldens.ts'
import { Timeline } from '../recordings/timeline.ts'
import { progressOf } from '../rollouts/progress.ts'
import { type Benchmark, digits, type Figure } from './figure.ts'
import { median, percentile } from './statistics.ts'

const podsOfEach = 98
const first = 20_000

export const past: Benchmark = {
  name: 'past',
  target:
    'any moment of 10,000 objects and 100,000 versions within 50 ms, one Deployment within 5 ms',
  async run(lab) {
    const deployments = lab.amount(100, 2)
    const versions = lab.amount(90_000, 100)
    const objects = family(await goldenLines('good'), deployments)
    const timeline = new Timeline({ bytes: 2 ** 40, age: Number.MAX_SAFE_INTEGER })
    timeline.add({ type: 'KEYFRAME', revision: first, at: timeAt(first), objects })
    const before = timeline.bytes
    lab.progress('past: versions')
    const adds = changes(objects, versions).map((line) => timed(() => timeline.add(line)))
    lab.progress('past: moments')
    const moments = Array.from(
      { length: lab.amount(300, 3) },
      (_, at) => first + ((at * 7919) % versions),
    )
    const look = (revision: number) => timeline.at(revision)!
    const all = moments.map((revision) => timed(() => look(revision).list('Pod')))
    const web = { namespace: 'default', name: 'web-1' }
    const one = moments.map((revision) => timed(() => progressOf(look(revision).snapshotOf(web)!)))
    const index = new Map(objects.map((object) => [object.metadata.uid, object]))
    const copies = moments.map(() => timed(() => new Map(index)))
    return figures({ adds, all, one, copies, bytes: timeline.bytes - before, versions })
  },
}

interface Measured {
  adds: number[]
  all: number[]
  one: number[]
  copies: number[]
  bytes: number
  versions: number
}

const figures = ({ adds, all, one, copies, bytes, versions }: Measured): Figure[] => [
  {
    what: 'all pods as they were at one moment',
    measured: { value: median(all), unit: 'ms' },
    target: { atMost: 50 },
    notes: [`p99 ${digits(percentile(all, 0.99))} ms`],
  },
  {
    what: 'the same',
    measured: { value: median(all), unit: 'ms' },
    against: { what: 'ms to copy a Map of as many', value: median(copies) },
    notes: ['found by halving in the versions of each'],
  },
  {
    what: `one Deployment of ${podsOfEach} pods, with its verdict`,
    measured: { value: median(one), unit: 'ms' },
    target: { atMost: 5 },
    notes: [`p99 ${digits(percentile(one, 0.99))} ms`],
  },
  { what: 'taking in one change, p99', measured: { value: percentile(adds, 0.99), unit: 'ms' } },
  {
    what: 'one version more, estimated',
    measured: { value: bytes / versions, unit: 'bytes' },
    notes: ['a pod alone is about 4,000 bytes of JSON; versions share what has not changed'],
  },
]

const timeAt = (revision: number): string =>
  new Date(Date.UTC(2026, 0, 1) + revision * 20).toISOString()

function timed(task: () => unknown): number {
  const before = performance.now()
  task()
  return performance.now() - before
}

/** As many Deployments as wanted, each with a ReplicaSet and its pods, from those of a recorded rollout. */
function family(lines: readonly Line[], deployments: number): KubernetesObject[] {
  const sample = (kind: string): KubernetesObject => {
    const line = lines.findLast((each) => each.type === 'PUT' && each.object.kind === kind)
    return (line as Extract<Line, { type: 'PUT' }>).object
  }
  const [deployment, replicaSet, pod] = ['Deployment', 'ReplicaSet', 'Pod'].map(sample)
  let revision = 0
  const copy = (object: KubernetesObject | undefined, name: string, owner?: string) => {
    const { metadata, ...rest } = structuredClone(object!)
    const [reference] = metadata.ownerReferences ?? []
    const ownerReferences = reference && owner ? [{ ...reference, uid: owner }] : []
    const named = { ...metadata, name, uid: name, resourceVersion: String(++revision) }
    return { ...rest, metadata: { ...named, ownerReferences } }
  }
  return Array.from({ length: deployments }, (_, at) => [
    copy(deployment, `web-${at}`),
    copy(replicaSet, `web-${at}-x`, `web-${at}`),
    ...Array.from({ length: podsOfEach }, (_, index) =>
      copy(pod, `web-${at}-${index}`, `web-${at}-x`),
    ),
  ]).flat()
}

/** Of one object after the other, as a status is written. */
function changes(objects: readonly KubernetesObject[], count: number): Line[] {
  return Array.from({ length: count }, (_, at): Line => {
    const revision = first + 1 + at
    const { metadata, ...object } = structuredClone(objects[(at * 7919) % objects.length]!)
    const status = { ...(object.status as object), message: `change ${at}` }
    const changed = { ...metadata, resourceVersion: String(revision) }
    return {
      type: 'PUT',
      revision,
      at: timeAt(revision),
      object: { ...object, metadata: changed, status },
    }
  })
}
