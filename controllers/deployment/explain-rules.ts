/**
 * The rules by which a rollout is explained, each a function of the facts: what it looks at, and what it says. Pure.
 */

import { isPodActive, isPodTerminating } from '../../api/pod-status.ts'
import type { Deployment, Pod } from '../../api/types.ts'
import { type Bounds, isRollingUpdate } from './bounds.ts'
import type { Because, Explanation, Severity } from './explain.ts'
import { type Trouble, type TroubleCode, troubleCodes, troubleOf } from './pod-trouble.ts'
import { byCreation, type Family, type Member } from './replica-sets.ts'

/** Entries of `because`. */
export const evidenceLimit = 8

export interface Facts {
  deployment: Deployment
  name: string
  bounds: Bounds
  family: Family
  timedOut: boolean
}

export type Rule = (facts: Facts) => Explanation | undefined

/** The first that applies is the verdict. */
export const rules: readonly Rule[] = [
  notObserved,
  paused,
  complete,
  refused,
  podTrouble,
  minReady,
  terminating,
  deadline,
]

export const progressing = ({ status }: Deployment) =>
  status?.conditions?.find(({ type }) => type === 'Progressing')

const at = ({ name }: Facts): string => `deployment/${name}`

export const deadlineEvidence = (facts: Facts): Because => ({
  object: at(facts),
  field: 'spec.progressDeadlineSeconds',
  message: `no progress for ${facts.deployment.spec?.progressDeadlineSeconds} s`,
})

function notObserved(facts: Facts): Explanation | undefined {
  const { metadata, status } = facts.deployment
  const seen = status?.observedGeneration ?? 0
  if (seen >= (metadata.generation ?? 0)) return undefined
  const message = `generation ${metadata.generation} has not been acted on yet, only ${seen}`
  return {
    code: 'not-observed',
    verdict: 'The deployment controller has not seen the latest change.',
    severity: 'info',
    because: [{ object: at(facts), field: 'status.observedGeneration', message }],
    next: 'Wait a moment; when it lasts, see whether the controllers run.',
  }
}

function paused(facts: Facts): Explanation | undefined {
  if (!facts.deployment.spec?.paused) return undefined
  return {
    code: 'paused',
    verdict: 'The rollout is paused.',
    severity: 'info',
    because: [{ object: at(facts), field: 'spec.paused', message: 'true' }],
    next: `Go on with: kubectl rollout resume deployment/${facts.name}`,
  }
}

/** Whether the new template is all there is, and all of it available. */
function complete(facts: Facts): Explanation | undefined {
  const { deployment, bounds, family } = facts
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const { desired } = bounds
  if (updatedReplicas !== desired || replicas !== desired || availableReplicas !== desired)
    return undefined
  if (!family.newest) return undefined
  return {
    code: 'complete',
    verdict: `All ${desired} replicas are up to date and available.`,
    severity: 'ok',
    because: [],
    next: 'Nothing.',
  }
}

function refused(facts: Facts): Explanation | undefined {
  const condition = progressing(facts.deployment)
  if (condition?.reason === 'ReplicaSetCreateError' && !facts.family.newest)
    return {
      code: 'refused',
      verdict: `${condition.message ?? 'The new replica set was refused'}.`.replace(/\.\.$/, '.'),
      severity: 'error',
      because: [
        {
          object: at(facts),
          field: 'status.conditions[Progressing]',
          message: condition.message ?? '',
        },
      ],
      next: 'Correct what the refusal names; it is tried again.',
    }
  const { newest, old } = facts.family
  for (const { replicaSet } of [...(newest ? [newest] : []), ...old]) {
    const failure = replicaSet.status?.conditions?.find(
      ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
    )
    if (!failure) continue
    const message = failure.message ?? ''
    const deleting = failure.reason === 'FailedDelete'
    return {
      code: 'refused',
      verdict: `ReplicaSet "${replicaSet.metadata.name}" cannot ${deleting ? 'delete' : 'create'} pods: ${message}`,
      severity: 'error',
      because: [
        {
          object: `replicaset/${replicaSet.metadata.name}`,
          field: 'status.conditions[ReplicaFailure]',
          message,
        },
      ],
      next: 'Raise the quota or correct what the refusal names; it is tried again.',
    }
  }
  return undefined
}

const nextSteps: Readonly<Record<TroubleCode, string>> = {
  unschedulable: 'Make room, correct the requests or the placement rules; it is tried again.',
  image: 'Correct the image, or push or load it; going back: kubectl rollout undo.',
  config: 'Create the ConfigMap or Secret, or the key, that is missing; it is tried again.',
  start: 'Correct the command, mounts or security context; going back: kubectl rollout undo.',
  crash: 'See kubectl logs --previous for the pod; going back: kubectl rollout undo.',
  init: 'Wait for it, or see kubectl logs of the init container.',
  readiness: 'Wait for it, or see kubectl describe for what the probe was answered.',
}

const severities: Readonly<Record<TroubleCode, Severity>> = {
  unschedulable: 'warning',
  image: 'error',
  config: 'error',
  start: 'error',
  crash: 'error',
  init: 'info',
  readiness: 'info',
}

interface Troubled extends Trouble {
  pod: string
  /** Sorts the oldest first. */
  age: string
}

function podTrouble(facts: Facts): Explanation | undefined {
  const { newest, old } = facts.family
  const found: Troubled[] = []
  // Of many pods few are in trouble: only those are sorted.
  for (const pod of newest?.pods ?? []) {
    const trouble = isPodActive(pod) ? troubleOf(pod) : undefined
    if (!trouble) continue
    const { name = '', creationTimestamp = '' } = pod.metadata
    found.push({ ...trouble, pod: name, age: `${creationTimestamp} ${name}` })
  }
  const code = troubleCodes.find((each) => found.some((trouble) => trouble.code === each))
  if (!code) return undefined
  const ofCode = found.filter((trouble) => trouble.code === code).sort(oldestFirst)
  const [worst] = ofCode
  if (!worst) return undefined
  const deadlocked = code === 'unschedulable' && surgeNeedsRoom(facts, worst, old)
  const because = ofCode.slice(0, evidenceLimit).map(evidence)
  if (deadlocked) {
    const message = 'no old pod may go before a new one is available'
    const field = 'spec.strategy.rollingUpdate.maxUnavailable'
    because.splice(evidenceLimit - 1, 1)
    because.push({ object: at(facts), field, message })
  }
  const after = deadlocked ? '; the old pods hold the room, and maxUnavailable is 0' : ''
  const text = `Pod "${worst.pod}"${/^(init )?container/.test(worst.sentence) ? ', ' : ' '}${worst.sentence}${after}`
  return {
    code,
    verdict: text.endsWith('.') ? text : `${text}.`,
    severity: deadlocked ? 'error' : severities[code],
    because,
    next: deadlocked ? 'Set maxUnavailable to 1, or add a node.' : nextSteps[code],
  }
}

const evidence = ({ pod, field, detail, sentence }: Troubled): Because => ({
  object: `pod/${pod}`,
  field,
  message: detail || sentence,
})

const oldestFirst = (a: Troubled, b: Troubled): number => (a.age < b.age ? -1 : 1)

/** A new pod lacks the room that old ones have, and none of those may be removed first. */
const surgeNeedsRoom = (
  { deployment, bounds }: Facts,
  { detail }: Trouble,
  old: readonly Member[],
): boolean =>
  isRollingUpdate(deployment) &&
  bounds.maxUnavailable === 0 &&
  /Insufficient|Too many pods|free ports/.test(detail) &&
  old.some(({ replicaSet: { status } }) => (status?.availableReplicas ?? 0) > 0)

function minReady({ deployment, family }: Facts): Explanation | undefined {
  const { replicaSet } = family.newest ?? {}
  const { readyReplicas = 0, availableReplicas = 0 } = replicaSet?.status ?? {}
  const seconds = deployment.spec?.minReadySeconds ?? 0
  if (seconds === 0 || readyReplicas <= availableReplicas) return undefined
  return {
    code: 'min-ready',
    verdict: `${readyReplicas - availableReplicas} ready pods have to stay ready for ${seconds} s.`,
    severity: 'info',
    because: [
      {
        object: `replicaset/${replicaSet?.metadata.name}`,
        field: 'spec.minReadySeconds',
        message: `${readyReplicas} ready, ${availableReplicas} of them available`,
      },
    ],
    next: 'It goes on by itself.',
  }
}

function terminating(facts: Facts): Explanation | undefined {
  const { newest, old } = facts.family
  const going = [...old].sort(byCreation).flatMap(({ pods }) => pods.filter(isPodTerminating))
  if (going.length === 0) return undefined
  const done = (newest?.replicaSet.status?.availableReplicas ?? 0) >= facts.bounds.desired
  if (isRollingUpdate(facts.deployment) && !done) return undefined
  return {
    code: 'terminating',
    verdict: `${going.length} old pods are still ending.`,
    severity: 'info',
    because: going.slice(0, evidenceLimit).map((pod) => ({
      object: `pod/${pod.metadata.name}`,
      field: 'metadata.deletionTimestamp',
      message: endsBy(pod),
    })),
    next: 'Wait for their grace periods, or see what holds their finalizers.',
  }
}

function endsBy({ metadata: { deletionTimestamp, finalizers } }: Pod): string {
  const held = finalizers?.length ? `, held by ${finalizers.join(', ')}` : ''
  return `to be gone by ${deletionTimestamp}${held}`
}

function deadline(facts: Facts): Explanation | undefined {
  if (!facts.timedOut) return undefined
  return {
    code: 'deadline',
    verdict: 'The rollout made no progress within its deadline.',
    severity: 'error',
    because: [deadlineEvidence(facts)],
    next: `See the pods, or go back: kubectl rollout undo deployment/${facts.name}`,
  }
}

export function goesOn({ deployment, bounds, family, name }: Facts): Explanation {
  const { updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  const ofNewest = family.newest?.replicaSet.status?.availableReplicas ?? 0
  return {
    code: 'progressing',
    verdict: `${updatedReplicas} of ${bounds.desired} replicas are updated, ${ofNewest} of them available.`,
    severity: 'info',
    because: [
      {
        object: `deployment/${name}`,
        field: 'status.availableReplicas',
        message: `${availableReplicas} available in all`,
      },
    ],
    next: 'It goes on by itself.',
  }
}
