/** The types of what expressions of policies and match conditions may name. Objects are what they are: dynamic. */

import * as types from '../../cel/types.ts'
import { type ObjectType, object, type Type } from '../../cel/types.ts'

const { string, dyn, bool, list, map, int } = types

const texts = (names: string) => names.split(' ').map((name) => [name, string] as const)

const kind = object('kubernetes.GroupVersionKind', texts('group version kind'))
const resource = object('kubernetes.GroupVersionResource', texts('group version resource'))
const userInfo = object('kubernetes.UserInfo', [
  ...texts('username uid'),
  ['groups', list(string)],
  ['extra', map(string, list(string))],
])

export const requestType: ObjectType = object('kubernetes.AdmissionRequest', [
  ['kind', kind],
  ['resource', resource],
  ['requestKind', kind],
  ['requestResource', resource],
  ...texts('subResource requestSubResource name namespace operation'),
  ['userInfo', userInfo],
  ['dryRun', bool],
  ['options', dyn],
])

const namespaceMetadata = object('kubernetes.NamespaceMetadata', [
  ...texts('name generateName namespace resourceVersion'),
  ['UID', string],
  ['labels', map(string, string)],
  ['annotations', map(string, string)],
  ['creationTimestamp', types.timestamp],
  ['deletionTimestamp', types.timestamp],
  ['deletionGracePeriodSeconds', int],
  ['generation', int],
  ['finalizers', list(string)],
])

export const namespaceType: ObjectType = object('kubernetes.Namespace', [
  ['metadata', namespaceMetadata],
  ['spec', object('kubernetes.NamespaceSpec', [['finalizers', list(string)]])],
  ['status', object('kubernetes.NamespaceStatus', texts('phase'))],
])

export interface Offer {
  /** Types for `object` (and `oldObject`) and `params`, where they are known; only for type checking. */
  object?: Type
  params?: Type | false
  authorizer?: boolean
  /** What `variables` holds, by name. */
  variables?: ReadonlyMap<string, Type>
}

/** The variables that there are; `params` only where they are offered. */
export function variableTypes(offer: Offer): Record<string, Type> {
  const { params = false, authorizer = true, variables = new Map(), object: own = dyn } = offer
  return {
    object: own,
    oldObject: own,
    request: requestType,
    namespaceObject: namespaceType,
    variables: object('kubernetes.variables', variables),
    ...(params !== false && { params }),
    ...(authorizer && {
      authorizer: types.opaque('kubernetes.authorization.Authorizer'),
      'authorizer.requestResource': types.opaque('kubernetes.authorization.ResourceCheck'),
    }),
  }
}
