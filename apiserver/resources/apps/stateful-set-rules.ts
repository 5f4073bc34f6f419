/** What a StatefulSet means when it does not say, and what it must not say. */

import type { PersistentVolumeClaim, PodTemplateSpec, StatefulSet } from '../../../api/types.ts'
import { defaultClaimSpec, validateClaimSpec } from '../core/persistent-volume-claim-rules.ts'
import { defaultPodSpec } from '../core/pod/pod-template-defaults.ts'
import {
  validateEverRunning,
  validatePodTemplate,
  validateSelected,
} from '../core/pod/pod-template-validation.ts'
import {
  type FieldErrors,
  forbidden,
  invalid,
  invalidFor,
  nonNegative,
  oneOf,
  required,
} from '../field-errors.ts'
import {
  isEmptySelector,
  labelsMatch,
  validateLabelSelector,
} from '../label-selector-validation.ts'
import { labelProblems } from '../name-validation.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { amountOf, validateAtMostAll, validateIntOrPercent } from './int-or-percent-validation.ts'
import { validateCollisionCount, validateReplicaCounts } from './replica-counts-validation.ts'

type Spec = NonNullable<StatefulSet['spec']>

/** Changes `statefulSet`; idempotent. */
export function defaultStatefulSet({ spec }: StatefulSet): void {
  if (!spec) return
  if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  defaultStrategy(spec.updateStrategy)
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  for (const claim of spec.volumeClaimTemplates ?? []) defaultClaim(claim as PersistentVolumeClaim)
}

/** Who names the strategy and says no more of it gets no more. */
function defaultStrategy(strategy: NonNullable<Spec['updateStrategy']>): void {
  if (!strategy.type) {
    strategy.type = 'RollingUpdate'
    strategy.rollingUpdate ??= {}
  }
  const { type, rollingUpdate } = strategy
  if (type !== 'RollingUpdate' || !rollingUpdate) return
  rollingUpdate.partition ??= 0
}

/** How many pods may be missing is no longer asked: who has said so before keeps it. */
export function dropUnavailable({ spec }: StatefulSet, old: StatefulSet | undefined): void {
  if (old?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable
}

/** A template of a claim is stored as a whole claim, which has not found its volume yet. */
function defaultClaim(claim: PersistentVolumeClaim): void {
  claim.apiVersion = 'v1'
  claim.kind = 'PersistentVolumeClaim'
  claim.metadata ??= {}
  if (claim.spec) defaultClaimSpec(claim.spec)
  claim.status ??= {}
  claim.status.phase ||= 'Pending'
}

export function* validateStatefulSet({ spec }: StatefulSet): FieldErrors {
  if (!spec) return yield required('spec')
  const { podManagementPolicy: policy, persistentVolumeClaimRetentionPolicy: retention } = spec
  if (policy !== 'OrderedReady' && policy !== 'Parallel')
    yield invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")
  yield* validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy')
  for (const when of ['whenDeleted', 'whenScaled'] as const)
    yield* oneOf(`spec.persistentVolumeClaimRetentionPolicy.${when}`, retention?.[when], [
      'Retain',
      'Delete',
    ])
  yield* nonNegative('spec.replicas', spec.replicas)
  yield* nonNegative('spec.minReadySeconds', spec.minReadySeconds)
  yield* nonNegative('spec.ordinals.start', spec.ordinals?.start)
  if (spec.serviceName)
    yield* invalidFor('spec.serviceName', spec.serviceName, labelProblems(spec.serviceName))
  yield* validateClaims(spec, 'spec.volumeClaimTemplates')
  yield* validateTemplate(spec, 'spec')
}

function* validateClaims({ volumeClaimTemplates }: Spec, field: string): FieldErrors {
  for (const [index, { spec }] of (volumeClaimTemplates ?? []).entries())
    yield* validateClaimSpec(spec ?? {}, `${field}[${index}].spec`)
}

function* validateTemplate(spec: Spec, field: string): FieldErrors {
  const { selector, template } = spec
  if (!selector) yield required(`${field}.selector`)
  else {
    yield* validateLabelSelector(selector, `${field}.selector`)
    if (isEmptySelector(selector))
      yield invalid(`${field}.selector`, selector, 'empty selector is invalid for statefulset')
    if (labelsMatch(selector, template?.metadata?.labels) === undefined)
      yield invalid(`${field}.selector`, selector, '')
    else if (!isEmptySelector(selector))
      yield* validateSelected(selector, template, `${field}.template`)
  }
  yield* validatePodTemplate(withClaims(spec), `${field}.template`)
  yield* validateEverRunning(template, `${field}.template`, 'StatefulSet')
}

/** Containers may mount a claim of the set as if it were a volume of the template. */
function withClaims({ template, volumeClaimTemplates }: Spec): PodTemplateSpec {
  const volumes = template?.spec?.volumes ?? []
  const known = new Set(volumes.map(({ name }) => name))
  const claims = (volumeClaimTemplates ?? [])
    .map(({ metadata }) => metadata?.name ?? '')
    .filter((name) => !known.has(name))
  if (!template?.spec || claims.length === 0) return template
  const added = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...added] } }
}

function* validateStrategy(
  strategy: NonNullable<Spec['updateStrategy']>,
  field: string,
): FieldErrors {
  const { type, rollingUpdate } = strategy
  switch (type) {
    case 'OnDelete':
      if (rollingUpdate)
        yield invalid(
          `${field}.rollingUpdate`,
          rollingUpdate,
          "only allowed for updateStrategy 'RollingUpdate'",
        )
      break
    case 'RollingUpdate': {
      const at = `${field}.rollingUpdate`
      yield* nonNegative(`${at}.partition`, rollingUpdate?.partition)
      const most = rollingUpdate?.maxUnavailable
      if (most === undefined) break
      yield* validateIntOrPercent(most, `${at}.maxUnavailable`)
      if (amountOf(most) === 0) yield invalid(`${at}.maxUnavailable`, most, 'cannot be 0')
      yield* validateAtMostAll(most, `${at}.maxUnavailable`)
      break
    }
    default:
      yield invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'")
  }
}

const updatable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

export function* validateStatefulSetUpdate(
  { spec }: StatefulSet,
  { spec: old }: StatefulSet,
): FieldErrors {
  const rest: Record<string, unknown> = { ...spec }
  const before: Record<string, unknown> = { ...old }
  for (const field of updatable) {
    delete rest[field]
    delete before[field]
  }
  if (!semanticallyEqual(rest, before))
    yield forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    )
}

export function* validateStatefulSetStatus({ status }: StatefulSet, old: StatefulSet): FieldErrors {
  yield* validateReplicaCounts(
    status ?? {},
    ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    'status.readyReplicas',
  )
  yield* validateCollisionCount(status?.collisionCount, old.status?.collisionCount)
}
