/** When a container is started again: its own policy in place of its pod's, and rules by how it ended. */

import type { Container } from '../../../../api/types.ts'
import { type FieldErrors, notSupported, required, tooMany } from '../../field-errors.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const operators = ['In', 'NotIn']
const mostRules = 20
const mostCodes = 255

export function* validateRestarts(container: Container, field: string): FieldErrors {
  const { restartPolicy, restartPolicyRules = [] } = container
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0)
      yield required(
        `${field}.restartPolicy`,
        'must specify restartPolicy when restart rules are used',
      )
  } else if (!policies.includes(restartPolicy))
    yield notSupported(`${field}.restartPolicy`, restartPolicy, policies)
  const at = `${field}.restartPolicyRules`
  if (restartPolicyRules.length > mostRules) yield tooMany(at, restartPolicyRules.length, mostRules)
  for (const [index, { action, exitCodes }] of restartPolicyRules.entries()) {
    if (!actions.includes(action)) yield notSupported(`${at}[${index}].action`, action, actions)
    const codes = `${at}[${index}].exitCodes`
    if (!exitCodes) {
      yield required(codes, 'must be specified')
      continue
    }
    if (!operators.includes(exitCodes.operator))
      yield notSupported(`${codes}.operator`, exitCodes.operator, operators)
    if ((exitCodes.values ?? []).length > mostCodes)
      yield tooMany(`${codes}.values`, exitCodes.values?.length ?? 0, mostCodes)
  }
}
