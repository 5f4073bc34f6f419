/**
 * What would be wrong with the expressions of a policy if the objects that it is about were what their schemas say:
 * a warning for the one who wrote it, nothing by which it is refused.
 */

import type { ValidatingAdmissionPolicy } from '../../../api/types.ts'
import { dyn, type Type } from '../../cel/types.ts'
import { apiVersionOf, type Resource } from '../../resources/resource.ts'
import { compileVariables } from './compiled-policy.ts'
import { compileFor } from './expression.ts'
import { objectTypeOf } from './object-types.ts'
import { variableTypes } from './variable-types.ts'

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>
type Rule = NonNullable<NonNullable<Spec['matchConstraints']>['resourceRules']>[number]

export interface ExpressionWarning {
  fieldRef: string
  warning: string
}

const maximumKinds = 10

export function typeWarnings(spec: Spec, served: Iterable<Resource>): ExpressionWarning[] {
  const resources = [...served]
  const kinds = kindsOf(spec.matchConstraints?.resourceRules ?? [], resources)
  const params = paramsType(spec, resources)
  const warnings: ExpressionWarning[] = []
  const check = (expression: string | undefined, fieldRef: string) => {
    if (!expression) return
    const texts = kinds.flatMap((kind) => problemFor(expression, kind, params, spec) ?? [])
    if (texts.length > 0) warnings.push({ fieldRef, warning: texts.join('\n') })
  }
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    check(validation.expression, `spec.validations[${index}].expression`)
    check(validation.messageExpression, `spec.validations[${index}].messageExpression`)
  }
  return warnings
}

function problemFor(
  expression: string,
  kind: Resource,
  params: Type | false,
  spec: Spec,
): string | undefined {
  const object = objectTypeOf(kind)
  const { types } = compileVariables(spec.variables ?? [], { object, params })
  const variables = variableTypes({ object, params, variables: types })
  const compiled = compileFor(expression, { variables }, [])
  if (!('problem' in compiled)) return undefined
  const problem = compiled.problem.replace(/^compilation failed: /, '')
  return `${apiVersionOf(kind)}, Kind=${kind.kind}: ${problem}\n`
}

function paramsType({ paramKind }: Spec, resources: readonly Resource[]): Type | false {
  if (!paramKind) return false
  const found = resources.find(
    (resource) =>
      resource.kind === paramKind.kind && apiVersionOf(resource) === paramKind.apiVersion,
  )
  return found ? objectTypeOf(found) : dyn
}

/** The kinds that the rules name without a wildcard, by group, version and kind. */
function kindsOf(rules: readonly Rule[], resources: readonly Resource[]): Resource[] {
  const found = new Set<Resource>()
  for (const { apiGroups = [], apiVersions = [], resources: plurals = [] } of rules) {
    if (apiGroups.includes('*') || apiVersions.includes('*')) continue
    for (const resource of resources)
      if (
        apiGroups.includes(resource.group) &&
        apiVersions.includes(resource.version) &&
        plurals.includes(resource.plural)
      )
        found.add(resource)
  }
  const name = ({ group, version, kind }: Resource) => `${group}/${version}/${kind}`
  return [...found].sort((a, b) => (name(a) < name(b) ? -1 : 1)).slice(0, maximumKinds)
}
