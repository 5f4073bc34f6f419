/** Pods of the new template are in trouble: the gravest kind of it, told by the oldest pod that has it. */

import { isPodActive } from '../../api/pod-status.ts'
import { isRollingUpdate } from '../bounds.ts'
import { type Because, type Explanation, evidenceLimit, type Severity } from '../explanation.ts'
import type { Member } from '../family.ts'
import { troubleOf } from '../troubles/index.ts'
import { type Trouble, type TroubleCode, troubleCodes } from '../troubles/trouble.ts'
import { at, type Facts } from './facts.ts'

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

export function podTrouble(facts: Facts): Explanation | undefined {
  const { newest, old } = facts.family
  const found: Troubled[] = []
  // Of many pods few are in trouble: only those are sorted.
  for (const pod of newest?.pods ?? []) {
    const trouble = isPodActive(pod) ? troubleOf(pod, facts) : undefined
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
  const because = [
    ...(deadlocked ? [rigid(facts)] : []),
    ...(worst.more ?? []).map((more) => ({ object: `pod/${worst.pod}`, ...more })),
  ]
  const after = deadlocked ? '; the old pods hold the room, and maxUnavailable is 0' : ''
  const text = `Pod "${worst.pod}"${/^(init )?container/.test(worst.sentence) ? ', ' : ' '}${worst.sentence}${after}`
  return {
    code,
    verdict: text.endsWith('.') ? text : `${text}.`,
    severity: deadlocked ? 'error' : severities[code],
    hopeless: deadlocked || ofCode.some(({ hopeless }) => hopeless),
    because: [...ofCode.slice(0, evidenceLimit - because.length).map(evidence), ...because],
    next: deadlocked ? 'Set maxUnavailable to 1, or add a node.' : (worst.next ?? nextSteps[code]),
  }
}

const evidence = ({ pod, field, detail, sentence }: Troubled): Because => ({
  object: `pod/${pod}`,
  field,
  message: detail || sentence,
})

const oldestFirst = (a: Troubled, b: Troubled): number => (a.age < b.age ? -1 : 1)

const rigid = (facts: Facts): Because => ({
  object: at(facts),
  field: 'spec.strategy.rollingUpdate.maxUnavailable',
  message: 'no old pod may go before a new one is available',
})

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
