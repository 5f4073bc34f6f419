/**
 * What a picture of a rollout has to say, counted by hand from what the cluster held at that revision: nothing of what
 * draws it is used here. Bounds are those of strategies with plain numbers, as the scenarios have them.
 */

import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { Deployment, Pod } from '../../api/types.ts'
import type { Counts, Picture } from './rollout-page.ts'
import type { Held, Rollout } from './rollouts.ts'

/** More are not compared: each costs three runs of kubectl. */
const mostCompared = 4

/** Every picture that was shown, or some from first to last of very many, against the cluster of then. */
export async function assertTrue(pictures: readonly Picture[], rollout: Rollout): Promise<void> {
  assert.ok(pictures.length > 0, 'there was no picture')
  for (const { revision, counts } of spread(pictures, mostCompared))
    assert.deepEqual(counts, countsOfHeld(await rollout.at(revision)), `at revision ${revision}`)
}

/** The first, the last, and some between. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items]
  return Array.from(
    { length: most },
    (_, n) => items[Math.round((n * (items.length - 1)) / (most - 1))]!,
  )
}

export function countsOfHeld({ deployment, replicaSets, pods }: Held): Counts {
  const newest = replicaSets.find(({ spec }) => isTemplateOf(deployment, spec?.template))
  const own = new Map(replicaSets.map(({ metadata }) => [metadata.uid, metadata.name]))
  const members = pods.filter(
    ({ metadata, status }) =>
      own.has(ownerOf(metadata)) && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  )
  const staying = members.filter(({ metadata }) => !metadata.deletionTimestamp)
  const count = (isNew: boolean, available: boolean) =>
    staying.filter(
      (pod) =>
        (ownerOf(pod.metadata) === newest?.metadata.uid) === isNew && isReady(pod) === available,
    ).length
  const desired = deployment.spec?.replicas ?? 1
  const { maxSurge = 1, maxUnavailable = 0 } = deployment.spec?.strategy?.rollingUpdate ?? {}
  return {
    oldAvailable: count(false, true),
    oldUnready: count(false, false),
    newAvailable: count(true, true),
    newStarting: count(true, false),
    terminating: members.length - staying.length,
    desired,
    floor: desired - Number(maxUnavailable),
    ceiling: desired + Number(maxSurge),
  }
}

const ownerOf = ({ ownerReferences }: Pod['metadata']): string | undefined =>
  ownerReferences?.find(({ controller }) => controller)?.uid

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

type Template = NonNullable<Deployment['spec']>['template']

/** But for the hash that the controller adds. */
function isTemplateOf({ spec }: Deployment, template: Template | undefined): boolean {
  const { 'pod-template-hash': _, ...labels } = template?.metadata?.labels ?? {}
  const plain = { ...template, metadata: { ...template?.metadata, labels } }
  return isDeepStrictEqual(normal(plain), normal(spec?.template))
}

const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? {}))
