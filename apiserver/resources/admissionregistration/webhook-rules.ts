/** Webhooks of both sorts: what they mean when they do not say, and what they must not say. */

import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../../api/types.ts'
import { validateConditionExpressions } from '../../admission/policies/expression-validation.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { validateFullyQualifiedName } from '../domain-name-validation.ts'
import {
  duplicate,
  type FieldErrors,
  invalid,
  invalidFor,
  oneOf,
  required,
} from '../field-errors.ts'
import { validateLabelSelector } from '../label-selector-validation.ts'
import { label1035Problems } from '../name-validation.ts'
import type { Column, Strategy } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { defaultWebhookClient, validateWebhookClient } from '../webhook-client-validation.ts'
import { validateMatchConditions } from './match-condition-validation.ts'
import { defaultRules, validateRules } from './rule-validation.ts'

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration
type Webhook = NonNullable<Configuration['webhooks']>[number] & { reinvocationPolicy?: string }

export const failurePolicies = ['Fail', 'Ignore']
export const matchPolicies = ['Equivalent', 'Exact']
export const reinvocationPolicies = ['IfNeeded', 'Never']
const harmless = ['None', 'NoneOnDryRun']
/** Of the reviews that a server of this level understands. */
const reviewVersions = ['v1', 'v1beta1']

const webhooksOf = (configuration: Configuration): Webhook[] => configuration.webhooks ?? []

/** @param mutating whether they may change what they are shown, and be asked again. */
export function webhookStrategy({ mutating }: { mutating: boolean }): Strategy<Configuration> {
  return {
    unconditionalUpdate: false,
    generation: (now, old) => !semanticallyEqual(now.webhooks, old.webhooks),
    default(configuration) {
      for (const webhook of webhooksOf(configuration)) {
        defaultWebhook(webhook)
        if (mutating) webhook.reinvocationPolicy ??= 'Never'
      }
    },
    validate: (configuration) => [...validateWebhooks(webhooksOf(configuration))],
  }
}

function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail'
  webhook.matchPolicy ??= 'Equivalent'
  webhook.namespaceSelector ??= {}
  webhook.objectSelector ??= {}
  webhook.timeoutSeconds ??= 10
  defaultWebhookClient(webhook.clientConfig)
  defaultRules(webhook.rules)
}

function* validateWebhooks(webhooks: Webhook[]): FieldErrors {
  const names = new Set<string>()
  for (const [index, webhook] of webhooks.entries()) {
    const field = `webhooks[${index}]`
    yield* validateWebhook(webhook, field)
    yield* validateReviewVersions(
      webhook.admissionReviewVersions ?? [],
      `${field}.admissionReviewVersions`,
    )
    if (webhook.name && names.has(webhook.name)) yield duplicate(`${field}.name`, webhook.name)
    names.add(webhook.name)
  }
}

function* validateWebhook(webhook: Webhook, field: string): FieldErrors {
  const { sideEffects, timeoutSeconds } = webhook
  yield* validateFullyQualifiedName(webhook.name, `${field}.name`)
  yield* validateRules(webhook.rules, `${field}.rules`)
  yield* oneOf(`${field}.failurePolicy`, webhook.failurePolicy, failurePolicies)
  yield* oneOf(`${field}.matchPolicy`, webhook.matchPolicy, matchPolicies)
  if (sideEffects === undefined)
    yield required(`${field}.sideEffects`, `must specify one of ${harmless.join(', ')}`)
  else yield* oneOf(`${field}.sideEffects`, sideEffects, harmless)
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > 30))
    yield invalid(
      `${field}.timeoutSeconds`,
      timeoutSeconds,
      'the timeout value must be between 1 and 30 seconds',
    )
  yield* validateLabelSelector(webhook.namespaceSelector, `${field}.namespaceSelector`)
  yield* validateLabelSelector(webhook.objectSelector, `${field}.objectSelector`)
  yield* oneOf(`${field}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies)
  yield* validateWebhookClient(webhook.clientConfig ?? {}, `${field}.clientConfig`)
  yield* validateMatchConditions(webhook.matchConditions, `${field}.matchConditions`)
  yield* validateConditionExpressions(webhook.matchConditions, field)
}

/** Versions of the reviews that a webhook takes; one of them this server must know. */
export function* validateReviewVersions(versions: string[], field: string): FieldErrors {
  if (versions.length === 0)
    return yield required(field, `must specify one of ${reviewVersions.join(', ')}`)
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) yield invalid(`${field}[${index}]`, version, 'duplicate version')
    else yield* invalidFor(`${field}[${index}]`, version, label1035Problems(version))
    seen.add(version)
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    yield invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)
}

export const webhookColumns: Column<Configuration>[] = [
  nameColumn,
  column('Webhooks', 'How many there are.', (configuration) => webhooksOf(configuration).length, {
    type: 'integer',
  }),
  ageColumn,
]
