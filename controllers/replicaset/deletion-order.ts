/**
 * Which pods go first when there are too many: those whose loss hurts least. The order is the one that users of
 * Kubernetes rely on (`ActivePodsWithRanks`); it decides, it deletes nothing.
 */

import { isPodActive, isPodReady, readySince } from '../../api/pod-status.ts'
import type { ContainerStatus, Pod } from '../../api/types.ts'

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'
const phaseRank: ReadonlyMap<string, number> = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
])

interface Ranked {
  pod: Pod
  /** Active related pods on the same node, itself among them. */
  onNode: number
}

/**
 * The `count` pods to delete.
 * @param related the pods of this ReplicaSet and of its siblings, to see where they are doubled up
 * @param now milliseconds since the epoch
 */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  now: number,
): Pod[] {
  if (count >= pods.length) return [...pods]
  const perNode = new Map<string, number>()
  for (const pod of related) {
    const node = pod.spec?.nodeName ?? ''
    if (isPodActive(pod)) perNode.set(node, (perNode.get(node) ?? 0) + 1)
  }
  return pods
    .map((pod): Ranked => ({ pod, onNode: perNode.get(pod.spec?.nodeName ?? '') ?? 0 }))
    .sort((a, b) => compareForDeletion(a, b, now))
    .slice(0, count)
    .map(({ pod }) => pod)
}

/** Negative: `a` goes first. */
function compareForDeletion(a: Ranked, b: Ranked, now: number): number {
  return (
    assigned(a.pod) - assigned(b.pod) ||
    phase(a.pod) - phase(b.pod) ||
    Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.onNode - a.onNode ||
    byReadyTime(a.pod, b.pod, now) ||
    byRestarts(a.pod, b.pod) ||
    byAge(a.pod, b.pod, now)
  )
}

const assigned = (pod: Pod): number => (pod.spec?.nodeName ? 1 : 0)
const phase = (pod: Pod): number => phaseRank.get(pod.status?.phase ?? '') ?? 0

/** A 32-bit integer; 0 when the annotation is absent or malformed. */
export function deletionCost({ metadata: { annotations } }: Pod): number {
  const text = annotations?.[deletionCostAnnotation] ?? ''
  const malformed = !/^(0|-?[1-9]\d*)$/.test(text)
  const cost = malformed ? 0 : Number(text)
  return cost > 2 ** 31 - 1 || cost < -(2 ** 31) ? 0 : cost
}

function byReadyTime(a: Pod, b: Pod, now: number): number {
  if (!isPodReady(a) || !isPodReady(b)) return 0
  return byMoment(a, b, readySince(a), readySince(b), now)
}

function byAge(a: Pod, b: Pod, now: number): number {
  return byMoment(
    a,
    b,
    moment(a.metadata.creationTimestamp),
    moment(b.metadata.creationTimestamp),
    now,
  )
}

/** An unknown moment goes first, then the later one; moments of one magnitude of age count as equal. */
function byMoment(
  a: Pod,
  b: Pod,
  at: number | undefined,
  bt: number | undefined,
  now: number,
): number {
  if (at === bt) return 0
  if (at === undefined || bt === undefined) return at === undefined ? -1 : 1
  const difference = magnitude(now - at) - magnitude(now - bt)
  if (difference !== 0) return difference
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1
}

const moment = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text)

/** The binary logarithm of an age in nanoseconds, as Kubernetes counts it. */
const magnitude = (age: number): number => (age > 0 ? Math.floor(Math.log2(age * 1e6)) : -1)

function byRestarts(a: Pod, b: Pod): number {
  const [regularA, sidecarA] = restarts(a)
  const [regularB, sidecarB] = restarts(b)
  return regularB - regularA || sidecarB - sidecarA
}

const most = (statuses: readonly ContainerStatus[]): number =>
  statuses.reduce((highest, { restartCount }) => Math.max(highest, restartCount), 0)

function restarts({ spec, status }: Pod): [regular: number, sidecars: number] {
  const sidecars = new Set(
    spec?.initContainers
      ?.filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  )
  const ofSidecars = status?.initContainerStatuses?.filter(({ name }) => sidecars.has(name))
  return [most(status?.containerStatuses ?? []), most(ofSidecars ?? [])]
}
