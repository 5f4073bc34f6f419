/**
 * The expressions of a policy run for one request: what they may name is bound here, what they spend is counted, and
 * what they ask the authorizer is asked once.
 */

import { setImmediate } from 'node:timers/promises'
import type { KubernetesObject } from '../../../api/object.ts'
import { CelBudgetError, CelRuntimeError } from '../../cel/cel.ts'
import { perCallLimit } from '../../cel/cost.ts'
import { AuthorizerValue, ResourceCheck } from '../../cel/library/authorizer.ts'
import type { ObjectType } from '../../cel/types.ts'
import { CelObject, type Value } from '../../cel/values.ts'
import type { AdmissionRequest } from '../admission.ts'
import type { Form } from '../form.ts'
import type { CompiledVariables } from './compiled-policy.ts'
import type { Compiled } from './expression.ts'
import { PendingAnswer, type RequestAuthorizer } from './request-authorizer.ts'
import { requestVariable } from './request-variable.ts'
import { variableTypes } from './variable-types.ts'

/** An expression that could not be evaluated; `message` is what clients are told. */
export class EvaluationError extends Error {
  override name = 'EvaluationError'
}

/** All that was to be spent is spent: nothing more is evaluated. */
export class OutOfBudgetError extends EvaluationError {
  override name = 'OutOfBudgetError'

  constructor() {
    super(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    )
  }
}

export interface EvaluationInput {
  request: AdmissionRequest
  form: Form
  params?: KubernetesObject | null
  namespace: KubernetesObject | undefined
  authorizer: RequestAuthorizer
  variables: CompiledVariables | undefined
}

/** Steps after which others have a turn: some 10 ms. */
const turnWork = 200_000

/** More questions than a budget could pay for. */
const maximumQuestions = 32

export class Evaluation {
  readonly #bindings: Record<string, unknown>
  #remaining: number
  /** Steps since others had a turn. */
  #work = 0

  constructor(input: EvaluationInput, budget: number) {
    this.#remaining = budget
    const { request, form, params = null, namespace, authorizer, variables } = input
    const own = new AuthorizerValue(authorizer.authorize)
    this.#bindings = {
      object: form.object ?? null,
      oldObject: form.old ?? null,
      request: () => requestVariable(request, form),
      namespaceObject: namespace ?? null,
      params,
      authorizer: own,
      'authorizer.requestResource': new ResourceCheck(own, {
        group: request.resource.group,
        resource: request.resource.plural,
        subresource: request.subresource,
        namespace: request.namespace,
        name: request.name,
      }),
      variables: variables ? new LazyVariables(variables, (one) => this.#run(one)) : null,
    }
  }

  /** @throws EvaluationError, OutOfBudgetError */
  async evaluate(compiled: Compiled): Promise<Value> {
    for (let asked = 0; ; asked++) {
      if (this.#work >= turnWork) {
        this.#work = 0
        await setImmediate()
      }
      try {
        return this.#evaluate(compiled)
      } catch (error) {
        if (!(error instanceof PendingAnswer) || asked >= maximumQuestions) throw error
        await error.answer
      }
    }
  }

  #evaluate(compiled: Compiled): Value {
    const { expression } = 'program' in compiled ? compiled.program : compiled
    try {
      return this.#run(compiled)
    } catch (error) {
      if (!(error instanceof CelRuntimeError || error instanceof CelBudgetError)) throw error
      throw new EvaluationError(`expression '${expression}' resulted in error: ${error.message}`)
    }
  }

  #run(compiled: Compiled): Value {
    if ('problem' in compiled) throw new EvaluationError(`compilation error: ${compiled.problem}`)
    const costLimit = Math.min(perCallLimit, this.#remaining)
    try {
      const { value, cost, work } = compiled.program.run(this.#bindings, { costLimit })
      this.#remaining -= cost
      this.#work += work
      return value
    } catch (error) {
      this.#work += turnWork
      if (error instanceof CelBudgetError && costLimit < perCallLimit) throw new OutOfBudgetError()
      if (error instanceof CelBudgetError) this.#remaining -= costLimit
      throw error
    }
  }
}

/** `variables`: each is worked out when it is first named, and known from then on. */
class LazyVariables extends CelObject {
  readonly type: ObjectType
  readonly #variables: CompiledVariables
  readonly #run: (compiled: Compiled) => Value
  readonly #known = new Map<string, Value>()

  constructor(variables: CompiledVariables, run: (compiled: Compiled) => Value) {
    super()
    this.#variables = variables
    this.#run = run
    this.type = variableTypes({ variables: variables.types }).variables as ObjectType
  }

  fieldNames(): Iterable<string> {
    return this.#variables.programs.keys()
  }

  get(name: string): Value | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const compiled = this.#variables.programs.get(name)
    if (!compiled) return undefined
    if ('problem' in compiled)
      throw new CelRuntimeError(
        `composited variable "${name}" fails to compile: ${compiled.problem}`,
      )
    try {
      const value = this.#run(compiled)
      this.#known.set(name, value)
      return value
    } catch (error) {
      const failed = error instanceof CelRuntimeError || error instanceof CelBudgetError
      if (!failed) throw error
      throw new CelRuntimeError(`composited variable "${name}" fails to evaluate: ${error.message}`)
    }
  }
}
