/** The expressions of a policy, compiled once for each version of it. */

import type { MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '../../../api/types.ts'
import type { Environment } from '../../cel/cel.ts'
import { bool, dyn, list, nullType, string, type Type } from '../../cel/types.ts'
import { type Compiled, compileFor } from './expression.ts'
import { jsonPatchType, mutationTypes, objectType } from './mutation-types.ts'
import { type Offer, variableTypes } from './variable-types.ts'

export interface MatchCondition {
  name: string
  expression: string
}

type Variables = readonly { name: string; expression: string }[]

export interface CompiledVariables {
  programs: ReadonlyMap<string, Compiled>
  types: ReadonlyMap<string, Type>
}

/** In the order in which they stand; each knows those before it. */
export function compileVariables(
  variables: Variables,
  offer: Offer,
  types?: Environment['types'],
): CompiledVariables {
  const programs = new Map<string, Compiled>()
  const known = new Map<string, Type>()
  for (const { name, expression } of variables) {
    const environment = { variables: variableTypes({ ...offer, variables: known }), types }
    const compiled = compileFor(expression, environment, [])
    programs.set(name, compiled)
    known.set(name, 'program' in compiled ? compiled.program.resultType : dyn)
  }
  return { programs, types: known }
}

export const compileConditions = (
  conditions: readonly MatchCondition[],
  offer: Offer,
): Compiled[] =>
  conditions.map(({ expression }) =>
    compileFor(expression, { variables: variableTypes(offer) }, [bool]),
  )

export interface CompiledValidatingPolicy {
  conditions: Compiled[]
  variables: CompiledVariables
  validations: { condition: Compiled; message: Compiled | undefined }[]
  annotations: Compiled[]
}

export interface CompiledMutatingPolicy {
  conditions: Compiled[]
  variables: CompiledVariables
  mutations: { type: 'ApplyConfiguration' | 'JSONPatch'; expression: Compiled }[]
}

type Spec<T extends { spec?: unknown }> = NonNullable<T['spec']>

export function compileValidating(spec: Spec<ValidatingAdmissionPolicy>): CompiledValidatingPolicy {
  const params = spec.paramKind ? dyn : false
  const variables = compileVariables(spec.variables ?? [], { params })
  const offer = { params, variables: variables.types } as const
  const own = { variables: variableTypes(offer) }
  const messages = { variables: variableTypes({ ...offer, authorizer: false }) }
  return {
    conditions: compileConditions(spec.matchConditions ?? [], offer),
    variables,
    validations: (spec.validations ?? []).map(({ expression, messageExpression }) => ({
      condition: compileFor(expression, own, [bool]),
      message: messageExpression ? compileFor(messageExpression, messages, [string]) : undefined,
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) =>
      compileFor(valueExpression, own, [string, nullType]),
    ),
  }
}

const results = { ApplyConfiguration: [objectType], JSONPatch: [list(jsonPatchType)] }

export function compileMutating(spec: Spec<MutatingAdmissionPolicy>): CompiledMutatingPolicy {
  const params = spec.paramKind ? dyn : false
  const variables = compileVariables(spec.variables ?? [], { params }, mutationTypes)
  const offer = { params, variables: variables.types } as const
  const own = { variables: variableTypes(offer), types: mutationTypes }
  return {
    conditions: compileConditions(spec.matchConditions ?? [], offer),
    variables,
    mutations: (spec.mutations ?? []).map((mutation) => {
      const type = mutation.patchType as 'ApplyConfiguration' | 'JSONPatch'
      const given = type === 'JSONPatch' ? mutation.jsonPatch : mutation.applyConfiguration
      return { type, expression: compileFor(given?.expression ?? '', own, results[type]) }
    }),
  }
}
