/** PriorityLevelConfiguration: how many requests of a level may run at once, and what becomes of more. */

import type { PriorityLevelConfiguration } from '../../../api/types.ts'
import { priorityLevels as builtIn } from '../../flowcontrol/configuration.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { type FieldErrors, forbidden, invalid, notSupported, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { semanticallyEqual } from '../semantic-equality.ts'
import { bareStatusStrategy } from '../status-strategy.ts'
import { validateFlowConditions } from './flow-condition-validation.ts'

type Spec = NonNullable<PriorityLevelConfiguration['spec']>
type Limited = NonNullable<Spec['limited']>
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>

const mandatory = ['exempt', 'catch-all']
const mostQueues = 10_000_000
/** Bits of a flow's hash, from which its queues are dealt. */
const hashBits = 60

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  singular: 'prioritylevelconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  strategy: {
    ...bareStatusStrategy<PriorityLevelConfiguration>(() => ({})),
    default: ({ spec }) => defaultLevel(spec),
    validate: (level) => [...validate(level), ...validateFlowConditions(level.status?.conditions)],
    validateStatusUpdate: ({ status }) => [...validateFlowConditions(status?.conditions)],
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    column('Type', 'Limited, or Exempt from limits.', ({ spec }) => spec?.type ?? ''),
    column(
      'NominalConcurrencyShares',
      'Its share of all requests that run at once.',
      ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>',
    ),
    queuing('Queues', 'How many queues it has.', 'queues'),
    queuing('HandSize', 'In how many of them a flow may wait.', 'handSize'),
    queuing('QueueLengthLimit', 'How many requests a queue holds.', 'queueLengthLimit'),
    ageColumn,
  ],
})

function queuing(name: string, description: string, field: keyof Queuing) {
  return column<PriorityLevelConfiguration>(
    name,
    description,
    ({ spec }) => spec?.limited?.limitResponse?.queuing?.[field] ?? '<none>',
  )
}

function defaultLevel(spec: Spec | undefined): void {
  if (spec?.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0
    spec.exempt.lendablePercent ??= 0
  }
  if (!spec?.limited) return
  spec.limited.nominalConcurrencyShares ??= 30
  spec.limited.lendablePercent ??= 0
  const queues = spec.limited.limitResponse?.queuing
  if (!queues) return
  queues.handSize ||= 8
  queues.queues ||= 64
  queues.queueLengthLimit ||= 50
}

function* validate({ metadata, spec }: PriorityLevelConfiguration): FieldErrors {
  const name = metadata.name ?? ''
  yield* validateSpec(name, spec)
  const fixed = mandatory.includes(name) && builtIn.find((one) => one.metadata.name === name)
  if (!fixed) return
  if (name !== 'exempt') {
    if (!semanticallyEqual(spec, fixed.spec))
      yield invalid('spec', spec, `spec of '${name}' must equal the fixed value`)
  } else if (!semanticallyEqual({ ...spec, exempt: 0 }, { ...fixed.spec, exempt: 0 }))
    yield invalid(
      'spec',
      spec,
      `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`,
    )
}

function* validateSpec(name: string, spec: Spec | undefined): FieldErrors {
  const type = spec?.type ?? ''
  const { exempt, limited } = spec ?? {}
  if ((name === 'exempt') !== (type === 'Exempt'))
    yield invalid('spec.type', type, "type must be 'Exempt' if and only if `name` is 'exempt'")
  switch (type) {
    case 'Exempt':
      if (limited) yield forbidden('spec.limited', 'must be nil if the type is not Limited')
      if (exempt) yield* validateShares(exempt, 'spec.exempt')
      break
    case 'Limited':
      if (exempt) yield forbidden('spec.exempt', 'must be nil if the type is Limited')
      if (!limited) yield required('spec.limited', 'must not be empty when type is Limited')
      else yield* validateLimited(limited, 'spec.limited')
      break
    default:
      yield notSupported('spec.type', type, ['Exempt', 'Limited'])
  }
}

function* validateShares(
  { nominalConcurrencyShares: shares = 0, lendablePercent: percent = 0 }: Limited,
  field: string,
): FieldErrors {
  if (shares < 0)
    yield invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')
  if (percent < 0 || percent > 100)
    yield invalid(`${field}.lendablePercent`, percent, 'must be between 0 and 100, inclusive')
}

function* validateLimited(limited: Limited, field: string): FieldErrors {
  const { borrowingLimitPercent: borrowing, limitResponse } = limited
  yield* validateShares(limited, field)
  if (borrowing !== undefined && borrowing < 0)
    yield invalid(
      `${field}.borrowingLimitPercent`,
      borrowing,
      'if specified, must be a non-negative integer',
    )
  const own = `${field}.limitResponse`
  const queues = limitResponse?.queuing
  switch (limitResponse?.type) {
    case 'Reject':
      if (queues)
        yield forbidden(
          `${own}.queuing`,
          'must be nil if limited.limitResponse.type is not Limited',
        )
      break
    case 'Queue':
      if (!queues)
        yield required(
          `${own}.queuing`,
          'must not be empty if limited.limitResponse.type is Limited',
        )
      else yield* validateQueuing(queues, `${own}.queuing`)
      break
    default:
      yield notSupported(`${own}.type`, limitResponse?.type ?? '', ['Queue', 'Reject'])
  }
}

function* validateQueuing(given: Queuing, field: string): FieldErrors {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = given
  if (queueLengthLimit <= 0)
    yield invalid(`${field}.queueLengthLimit`, queueLengthLimit, 'must be positive')
  if (queues <= 0) yield invalid(`${field}.queues`, queues, 'must be positive')
  else if (queues > mostQueues)
    yield invalid(`${field}.queues`, queues, `must not be greater than ${mostQueues}`)
  const hand = `${field}.handSize`
  if (handSize <= 0) yield invalid(hand, handSize, 'must be positive')
  else if (handSize > queues)
    yield invalid(hand, handSize, `should not be greater than queues (${queues})`)
  else if (Math.ceil(Math.log2(queues) * handSize) > hashBits)
    yield invalid(
      hand,
      handSize,
      `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`,
    )
}
