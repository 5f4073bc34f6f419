/** The objects by which a binding parameterises its policy. */

import type { KubernetesObject } from '../../../api/object.ts'
import { fromLabelSelector, selectorMatches } from '../../../api/selector.ts'
import type { LabelSelector } from '../../../api/types.ts'
import type { Lister } from '../../registry/lister.ts'
import { apiVersionOf, qualifiedName, type Resource } from '../../resources/resource.ts'
import { convert } from '../equivalents.ts'

export interface ParamKind {
  apiVersion?: string
  kind?: string
}

export interface ParamRef {
  name?: string
  namespace?: string
  selector?: LabelSelector
  parameterNotFoundAction?: string
}

/** A policy or binding that cannot work as it is written. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError'
}

export interface ParamPorts {
  lister: Pick<Lister, 'get' | 'list'>
  resources(): Iterable<Resource>
}

/** @throws ConfigurationError */
export function paramResource({ apiVersion, kind }: ParamKind, ports: ParamPorts): Resource {
  for (const resource of ports.resources())
    if (!resource.virtual && resource.kind === kind && apiVersionOf(resource) === apiVersion)
      return resource
  throw new ConfigurationError(
    `failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`,
  )
}

/**
 * One evaluation for each: `null` where the binding has no parameters, none where there are none and that is allowed.
 * @throws ConfigurationError
 */
export async function collectParams(
  resource: Resource | undefined,
  ref: ParamRef | undefined,
  namespace: string,
  ports: ParamPorts,
): Promise<(KubernetesObject | null)[]> {
  if (!resource || !ref) return [null]
  const params = await find(resource, ref, namespaceOf(resource, ref, namespace), ports)
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError(
      'no params found for policy binding with `Deny` parameterNotFoundAction',
    )
  return params
}

function namespaceOf(resource: Resource, ref: ParamRef, namespace: string): string {
  if (!resource.namespaced) {
    if (ref.namespace)
      throw new ConfigurationError(
        'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
      )
    return ''
  }
  const own = ref.namespace || namespace
  if (own === '')
    throw new ConfigurationError(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    )
  return own
}

async function find(
  resource: Resource,
  { name, selector }: ParamRef,
  namespace: string,
  { lister }: ParamPorts,
): Promise<KubernetesObject[]> {
  const stored = resource.storage?.stored ?? resource
  const kind = qualifiedName(stored)
  const shown = (object: KubernetesObject) => convert(object, stored, resource)
  if (name) {
    const object = lister.get<KubernetesObject>(kind, namespace, name)
    return object ? [await shown(object)] : []
  }
  const requirements = fromLabelSelector(selector) ?? []
  const selected = lister
    .list(kind, namespace)
    .filter(({ labels }) => selectorMatches(requirements, labels))
  return Promise.all(selected.map(({ object }) => shown(object)))
}
