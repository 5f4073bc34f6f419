/** Which policies, by which bindings and with which parameters, are to be asked about a request. */

import type { KubernetesObject } from '../../../api/object.ts'
import { StatusError } from '../../http/status.ts'
import type { Lister } from '../../registry/lister.ts'
import type { Resource } from '../../resources/resource.ts'
import type { AdmissionRequest } from '../admission.ts'
import { type Form, formOf } from '../form.ts'
import { type Match, match, namespaceFound } from '../matching.ts'
import { type BoundPolicy, criteriaOf, type PolicySpec } from './bound-policies.ts'
import { ConfigurationError, collectParams, paramResource } from './params.ts'

export interface PolicyPorts {
  lister: Lister
  /** What is served at the moment. */
  resources(): Iterable<Resource>
}

export interface Invocation<S extends PolicySpec, C> {
  policy: BoundPolicy<S, C>
  binding: BoundPolicy<S, C>['bindings'][number]
  found: Match
  params: KubernetesObject | null
}

/** What is wrong with a policy (then there is no binding) or with a binding. */
export interface Misconfiguration<S extends PolicySpec, C> {
  policy: BoundPolicy<S, C>
  binding?: string
  problem: string
}

export interface Concerned<S extends PolicySpec, C> {
  invocations: Invocation<S, C>[]
  misconfigurations: Misconfiguration<S, C>[]
}

export async function concerning<S extends PolicySpec, C>(
  request: AdmissionRequest,
  policies: readonly BoundPolicy<S, C>[],
  ports: PolicyPorts,
): Promise<Concerned<S, C>> {
  const concerned: Concerned<S, C> = { invocations: [], misconfigurations: [] }
  for (const policy of policies) {
    const wrong = (problem: string, binding?: string) =>
      concerned.misconfigurations.push({ policy, problem, ...(binding && { binding }) })
    try {
      const found = await match(request, criteriaOf(policy.spec.matchConstraints), ports)
      if (!found) continue
      const { paramKind } = policy.spec
      const resource = paramKind && paramResource(paramKind, ports)
      for (const binding of policy.bindings)
        try {
          concerned.invocations.push(
            ...(await invocationsOf(request, policy, binding, found, resource, ports)),
          )
        } catch (error) {
          wrong(`failed to configure binding: ${problemOf(error)}`, binding.name)
        }
    } catch (error) {
      wrong(`failed to configure policy: ${problemOf(error)}`)
    }
  }
  return concerned
}

function problemOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof StatusError) return error.message
  throw error
}

async function invocationsOf<S extends PolicySpec, C>(
  request: AdmissionRequest,
  policy: BoundPolicy<S, C>,
  binding: BoundPolicy<S, C>['bindings'][number],
  found: Match,
  resource: Resource | undefined,
  ports: PolicyPorts,
): Promise<Invocation<S, C>[]> {
  const { matchResources, paramRef } = binding.spec
  if (matchResources && !(await match(request, criteriaOf(matchResources), ports))) return []
  const all = await collectParams(resource, paramRef, request.namespace, ports)
  return all.map((params) => ({ policy, binding, found, params }))
}

/** The forms of a request, each made once. */
export class Forms {
  readonly #request: AdmissionRequest
  readonly #made = new Map<Resource, Promise<Form>>()

  constructor(request: AdmissionRequest) {
    this.#request = request
  }

  of(found: Match): Promise<Form> {
    let form = this.#made.get(found.resource)
    if (!form) {
      form = formOf(this.#request, found)
      this.#made.set(found.resource, form)
    }
    return form
  }
}

/** `namespaceObject`: nothing at the cluster scope. @throws StatusError 404 */
export async function namespaceOf(
  { namespace }: AdmissionRequest,
  { lister }: PolicyPorts,
): Promise<KubernetesObject | undefined> {
  return namespace === '' ? undefined : namespaceFound(lister, namespace)
}
