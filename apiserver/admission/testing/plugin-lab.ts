/** For tests: one plugin, one request, and what became of the object. */

import type { KubernetesObject } from '../../../api/object.ts'
import type { StatusError } from '../../http/status.ts'
import { pods } from '../../resources/core/pod.ts'
import type { Resource } from '../../resources/resource.ts'
import { Admission, type AdmissionPlugin, type AdmissionRequest } from '../admission.ts'

export type Wish = Partial<Omit<AdmissionRequest, 'object' | 'old'>> & {
  object?: object
  old?: object
}

/** A pod made in `ns` unless told otherwise. */
export function requestOf({ object, old, ...wish }: Wish = {}): AdmissionRequest {
  const resource: Resource = wish.resource ?? pods
  const named = (given: object | undefined) =>
    given && ({ metadata: { name: 'x', namespace: 'ns' }, ...given } as KubernetesObject)
  return {
    operation: 'CREATE',
    resource,
    kind: resource,
    subresource: '',
    namespace: resource.namespaced ? 'ns' : '',
    name: 'x',
    object: named(object),
    old: named(old),
    options: undefined,
    dryRun: false,
    user: { name: 'u', groups: [] },
    warn: () => {},
    ...wish,
  }
}

/** The object as the plugin leaves it. @throws StatusError */
export async function admitted(
  plugin: AdmissionPlugin,
  wish: Wish = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
): Promise<any> {
  const request = requestOf(wish)
  const admission = new Admission([plugin])
  await admission.mutate(request)
  await admission.validate(request)
  return request.object
}

/** Why the plugin refuses; empty where it does not. */
export async function refusalOf(plugin: AdmissionPlugin, wish: Wish = {}): Promise<string> {
  try {
    await admitted(plugin, wish)
    return ''
  } catch (error) {
    const { code, message } = error as StatusError
    return `${code} ${message}`
  }
}
