/** What a Deployment means when it does not say, and what it must not say. */

import type { Deployment } from '../../../api/types.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import { validateSelectedTemplate } from '../core/pod/pod-template-validation.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  nonNegative,
  notSupported,
  required,
} from '../field-errors.ts'
import { amountOf, validateAtMostAll, validateIntOrPercent } from './int-or-percent-validation.ts'
import { validateCollisionCount, validateReplicaCounts } from './replica-counts-validation.ts'

type Spec = NonNullable<Deployment['spec']>
type Strategy = NonNullable<Spec['strategy']>

/** Changes `deployment`; idempotent. */
export function defaultDeployment({ spec }: Deployment): void {
  if (!spec) return
  spec.replicas ??= 1
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {}
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    spec.strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  if (spec.template?.spec) defaultPodSpec(spec.template.spec)
}

export function* validateDeployment({ spec }: Deployment): FieldErrors {
  if (!spec) return yield required('spec')
  yield* nonNegative('spec.replicas', spec.replicas)
  yield* validateSelectedTemplate(spec, 'spec', { pods: 'ReplicaSet', selector: 'deployment' })
  yield* validateStrategy(spec.strategy ?? {}, 'spec.strategy')
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds)
  yield* nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit)
  const deadline = spec.progressDeadlineSeconds
  yield* nonNegative('spec.progressDeadlineSeconds', deadline)
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0))
    yield invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')
}

function* validateStrategy({ type, rollingUpdate }: Strategy, field: string): FieldErrors {
  switch (type) {
    case 'Recreate':
      if (rollingUpdate)
        yield forbidden(
          `${field}.rollingUpdate`,
          "may not be specified when strategy `type` is 'Recreate'",
        )
      break
    case 'RollingUpdate':
      if (rollingUpdate) yield* validateRollingUpdate(rollingUpdate, `${field}.rollingUpdate`)
      else yield required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')
      break
    default:
      yield notSupported(`${field}.type`, type ?? '', ['Recreate', 'RollingUpdate'])
  }
}

/** Nothing could ever change if no pod may be missing and none may be added. */
function* validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<Strategy['rollingUpdate']>,
  field: string,
): FieldErrors {
  yield* validateIntOrPercent(maxUnavailable, `${field}.maxUnavailable`)
  yield* validateIntOrPercent(maxSurge, `${field}.maxSurge`)
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0)
    yield invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')
  yield* validateAtMostAll(maxUnavailable, `${field}.maxUnavailable`)
}

export function* validateDeploymentStatus(deployment: Deployment, old: Deployment): FieldErrors {
  const status = deployment.status ?? {}
  yield* validateReplicaCounts(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas'])
  yield* validateCollisionCount(status.collisionCount, old.status?.collisionCount)
}
