/** Which fields a write may own at all: not those that only the server decides, nor those that it puts back. */

import { difference, type FieldSet, none, setOf, without } from './field-set.ts'
import { fieldElement } from './path-element.ts'

const path = (...names: string[]) => names.map((name) => fieldElement(name, true))

/** Never owned by anybody. */
const untracked: FieldSet = setOf(
  path('apiVersion'),
  path('kind'),
  path('metadata'),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => path('metadata', name)),
)

export const tracked = (set: FieldSet): FieldSet => difference(set, untracked)

/** What a write through `subresource` cannot change, and so cannot own, nor take from those who do. */
export interface ResetFields {
  /** The rest of the set, with all that is below what stands there gone. */
  keep(set: FieldSet): FieldSet
}

const status = setOf(path('status'))
const notStatus = setOf(
  path('spec'),
  path('metadata', 'deletionTimestamp'),
  path('metadata', 'ownerReferences'),
  path('metadata', 'finalizers'),
)

const all: ResetFields = { keep: (set) => set }
const allButStatus: ResetFields = { keep: (set) => without(set, status) }
const allButSpec: ResetFields = { keep: (set) => without(set, notStatus) }
const onlyStatus: ResetFields = {
  keep({ 'f:status': branch }) {
    return branch === undefined ? none : { 'f:status': branch }
  },
}

/** Of a kind with a status of its own, the object and the status are written apart. */
export function resetFields(
  { custom, subresources }: { custom?: unknown; subresources: readonly { name: string }[] },
  subresource: string,
): ResetFields {
  if (!subresources.some(({ name }) => name === 'status')) return all
  switch (subresource) {
    case '':
      return allButStatus
    case 'status':
      return custom ? onlyStatus : allButSpec
    default:
      return all
  }
}
