/**
 * Says why a rollout is where it is: one verdict with its reasons and what to do next. The controller's condition
 * messages, the command line and the page all ask this function, so that they never contradict each other. Pure: it reads
 * no clock, and the same objects always give the same words.
 */

import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts'
import { controllerOf } from '../framework/index.ts'
import { boundsOf } from './bounds.ts'
import {
  deadlineEvidence,
  evidenceLimit,
  type Facts,
  goesOn,
  progressing,
  rules,
} from './explain-rules.ts'
import type { TroubleCode } from './pod-trouble.ts'
import { type Family, familyOf, type Member } from './replica-sets.ts'

/** Objects of the Deployment's namespace; those of others are left out of account. */
export interface Snapshot {
  deployment: Deployment
  replicaSets: readonly ReplicaSet[]
  pods: readonly Pod[]
}

/**
 * - `ok`: nothing is left to do. `info`: it goes on by itself. `warning`: something else has to give way first.
 * - `error`: it will not go on unless somebody changes something.
 */
export type Severity = 'ok' | 'info' | 'warning' | 'error'

export type Code =
  | 'not-observed'
  | 'paused'
  | 'complete'
  | 'refused'
  | TroubleCode
  | 'min-ready'
  | 'terminating'
  | 'deadline'
  | 'progressing'

export interface Because {
  /** `pod/web-5d4f-x2x9k`, as kubectl takes it. */
  object: string
  /** A path into that object. */
  field: string
  /** What stands there, or follows from it. */
  message: string
}

export interface Explanation {
  code: Code
  /** One sentence. Below `warning` it may count pods; from there on it changes only with the cause. */
  verdict: string
  severity: Severity
  /** At most `evidenceLimit` of them, the most telling first. */
  because: Because[]
  /** What to do, or what will happen. */
  next: string
}

export function explain({ deployment, replicaSets, pods }: Snapshot): Explanation {
  const members = replicaSets
    .filter((replicaSet) => controllerOf(replicaSet)?.uid === deployment.metadata.uid)
    .map((replicaSet): Member => ({ replicaSet, pods: podsOf(replicaSet, pods) }))
  return explainFamily(deployment, familyOf(deployment, members))
}

/** The same for one who has sorted the objects already. */
export function explainFamily(deployment: Deployment, family: Family): Explanation {
  const facts: Facts = {
    deployment,
    name: deployment.metadata.name ?? '',
    bounds: boundsOf(deployment),
    family,
    timedOut: progressing(deployment)?.reason === 'ProgressDeadlineExceeded',
  }
  for (const rule of rules) {
    const explanation = rule(facts)
    if (explanation) return afterDeadline(facts, explanation)
  }
  return goesOn(facts)
}

const podsOf = ({ metadata: { uid } }: ReplicaSet, pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => controllerOf(pod)?.uid === uid)

/** What would go on by itself has had its time. */
function afterDeadline(facts: Facts, explanation: Explanation): Explanation {
  if (!facts.timedOut || explanation.severity !== 'info') return explanation
  if (explanation.code === 'not-observed' || explanation.code === 'paused') return explanation
  const because = [...explanation.because.slice(0, evidenceLimit - 1), deadlineEvidence(facts)]
  return { ...explanation, severity: 'error', because }
}
