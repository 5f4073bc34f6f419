/**
 * Says why a rollout is where it is: one verdict with its reasons and what to do next. The controller's condition
 * messages, the command line and the page all ask this function, so that they never contradict each other. Pure: it reads
 * no clock, and the same objects always give the same words.
 */

import type { Deployment } from '../api/types.ts'
import { boundsOf } from './bounds.ts'
import { conditionOf } from './condition.ts'
import { timeLeft } from './deadline.ts'
import { type Explanation, evidenceLimit } from './explanation.ts'
import { type Family, familyIn } from './family.ts'
import { deadlineEvidence } from './rules/deadline.ts'
import type { Facts } from './rules/facts.ts'
import { rules } from './rules/index.ts'
import { goesOn } from './rules/progressing.ts'
import type { Snapshot } from './snapshot.ts'
import { span } from './span.ts'

export function explain({ deployment, replicaSets, pods, ...told }: Snapshot): Explanation {
  return explainFamily(deployment, familyIn(deployment, replicaSets, pods), told)
}

/** The same for one who has sorted the objects already. */
export function explainFamily(
  deployment: Deployment,
  family: Family,
  { events = [], logs = [], now }: Pick<Snapshot, 'events' | 'logs' | 'now'> = {},
): Explanation {
  const progressing = conditionOf(deployment.status?.conditions, 'Progressing')
  const facts: Facts = {
    deployment,
    name: deployment.metadata.name ?? '',
    bounds: boundsOf(deployment),
    family,
    timedOut: progressing?.reason === 'ProgressDeadlineExceeded',
    events,
    logs,
    now,
  }
  for (const rule of rules) {
    const explanation = rule(facts)
    if (explanation) return withClock(facts, afterDeadline(facts, explanation))
  }
  return withClock(facts, goesOn(facts))
}

const beyondDeadlines = new Set(['not-observed', 'paused', 'complete', 'deadline'])

/** What would go on by itself has had its time. */
function afterDeadline(facts: Facts, explanation: Explanation): Explanation {
  if (!facts.timedOut || explanation.severity !== 'info') return explanation
  if (beyondDeadlines.has(explanation.code)) return explanation
  const because = [...explanation.because.slice(0, evidenceLimit - 1), deadlineEvidence(facts)]
  return { ...explanation, severity: 'error', hopeless: true, because }
}

/** How much time is left, where that is known. */
function withClock(facts: Facts, explanation: Explanation): Explanation {
  const { deployment, now } = facts
  const left = now === undefined ? undefined : timeLeft(deployment, now)
  if (left === undefined || beyondDeadlines.has(explanation.code)) return explanation
  const { progressDeadlineSeconds = 0 } = deployment.spec ?? {}
  const message = `${span(left)} of ${span(progressDeadlineSeconds * 1000)} are left to make progress`
  const clock = { ...deadlineEvidence(facts), message }
  return { ...explanation, because: [...explanation.because.slice(0, evidenceLimit - 1), clock] }
}
