/** The policies of one sort with their bindings, in order of their names, each compiled once a version. */

import type { KubernetesObject } from '../../../api/object.ts'
import type { LabelSelector } from '../../../api/types.ts'
import type { Lister } from '../../registry/lister.ts'
import type { CachedObject } from '../../watch/cached-object.ts'
import type { MatchCriteria, MatchRule } from '../matching.ts'
import type { ParamKind, ParamRef } from './params.ts'

export interface MatchResources {
  resourceRules?: readonly MatchRule[]
  excludeResourceRules?: readonly MatchRule[]
  matchPolicy?: string
  namespaceSelector?: LabelSelector
  objectSelector?: LabelSelector
}

export interface PolicySpec {
  paramKind?: ParamKind
  matchConstraints?: MatchResources
  failurePolicy?: string
}

export interface BindingSpec {
  policyName?: string
  paramRef?: ParamRef
  matchResources?: MatchResources
  validationActions?: readonly string[]
}

export interface BoundPolicy<S extends PolicySpec, C> {
  name: string
  spec: S
  compiled: C
  bindings: readonly { name: string; spec: BindingSpec }[]
}

/** Without rules it is about everything. */
export function criteriaOf(resources: MatchResources | undefined): MatchCriteria {
  const { resourceRules = [], excludeResourceRules, ...rest } = resources ?? {}
  return {
    ...rest,
    ...(resourceRules.length > 0 && { rules: resourceRules }),
    excludeRules: excludeResourceRules ?? [],
  }
}

type WithSpec<S> = KubernetesObject & { spec: S }

export class BoundPolicies<S extends PolicySpec, C> {
  readonly #lister: Pick<Lister, 'list'>
  readonly #kind: string
  readonly #compile: (spec: S) => C
  /** As long as the cache keeps this version of the policy. */
  readonly #compiled = new WeakMap<CachedObject, { spec: S; compiled: C }>()
  readonly #bound = new WeakMap<CachedObject, BoundPolicy<S, C>['bindings'][number]>()

  /** @param kind `validatingadmissionpolicies`; its bindings are told by it */
  constructor(lister: Pick<Lister, 'list'>, kind: string, compile: (spec: S) => C) {
    this.#lister = lister
    this.#kind = kind
    this.#compile = compile
  }

  all(): BoundPolicy<S, C>[] {
    const policies = this.#lister.list(`${this.#kind}.admissionregistration.k8s.io`, '')
    if (policies.length === 0) return []
    const bindings = this.#bindings()
    return policies.flatMap((cached) => {
      const own = bindings.get(cached.name)
      return own ? [{ name: cached.name, ...this.#read(cached), bindings: own }] : []
    })
  }

  #bindings(): Map<string, BoundPolicy<S, C>['bindings'][number][]> {
    const kind = `${this.#kind.replace(/ies$/, 'y')}bindings.admissionregistration.k8s.io`
    const all = this.#lister.list(kind, '').map((cached) => this.#binding(cached))
    return Map.groupBy(all, ({ spec }) => spec.policyName ?? '')
  }

  #binding(cached: CachedObject): BoundPolicy<S, C>['bindings'][number] {
    let known = this.#bound.get(cached)
    if (!known) {
      known = { name: cached.name, spec: (cached.object as WithSpec<BindingSpec>).spec ?? {} }
      this.#bound.set(cached, known)
    }
    return known
  }

  #read(cached: CachedObject): { spec: S; compiled: C } {
    let known = this.#compiled.get(cached)
    if (!known) {
      const { spec } = cached.object as WithSpec<S>
      known = { spec, compiled: this.#compile(spec) }
      this.#compiled.set(cached, known)
    }
    return known
  }
}
