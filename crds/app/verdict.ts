/** What a Deployment and its pods say of the revision they shall run: on its way, up, or failed and why. Pure. */

import type { Deployment, Pod } from '../../controllers/framework/index.ts'
import type { App, Entry } from './kind.ts'
import type { Verdict } from './memory.ts'
import { releaseLabel } from './release.ts'

export interface Evidence {
  deployment: Deployment
  /** Of the app; those of other releases say nothing. */
  pods: readonly Pod[]
  /** Milliseconds. */
  now: number
}

/** For how a container can wait that no patience mends; each goes on being tried by the node. */
const troubles = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
])

export function verdictOn(entry: Entry, app: App, evidence: Evidence): Verdict {
  const { deployment, now } = evidence
  if (!isAbout(deployment, entry)) return { state: 'rolling' }
  if (isUp(deployment)) return { state: 'up' }
  const message = progressOf(deployment)?.message
  if (hasTimedOut(deployment, entry))
    return { state: 'failed', message: message ?? 'the rollout makes no progress' }
  const trouble = troubleOf(entry, evidence.pods)
  if (trouble && now >= deadlineOf(entry, app))
    return { state: 'failed', message: message ?? trouble }
  return { state: 'rolling' }
}

/** Milliseconds; from then on a container that cannot run has had its time. */
export const deadlineOf = ({ startedAt }: Entry, { spec }: App): number =>
  Date.parse(startedAt) + spec.progressDeadlineSeconds * 1000

/** Whether its status has been written for pods of this revision. */
const isAbout = ({ metadata, spec, status }: Deployment, { release }: Entry): boolean =>
  spec?.template.metadata?.labels?.[releaseLabel] === release &&
  status?.observedGeneration === metadata.generation

/** Every pod is new and available, and none of before is left. */
export function isUp({ spec, status = {} }: Deployment): boolean {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  return (
    replicas > 0 &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === spec?.replicas)
  )
}

export const progressOf = ({ status }: Deployment) =>
  status?.conditions?.find(({ type }) => type === 'Progressing')

/** An earlier rollout may have run out of time too, and its word may still stand. */
function hasTimedOut(deployment: Deployment, { startedAt }: Entry): boolean {
  const { reason, lastUpdateTime = '' } = progressOf(deployment) ?? {}
  return (
    reason === 'ProgressDeadlineExceeded' && Date.parse(lastUpdateTime) >= Date.parse(startedAt)
  )
}

function troubleOf({ release }: Entry, pods: readonly Pod[]): string | undefined {
  for (const { metadata, status } of pods)
    if (metadata.labels?.[releaseLabel] === release)
      for (const { name, state } of status?.containerStatuses ?? [])
        if (troubles.has(state?.waiting?.reason ?? ''))
          return `Container "${name}" of pod "${metadata.name}" waits: ${state?.waiting?.reason}`
  return undefined
}
