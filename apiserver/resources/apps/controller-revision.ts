/** ControllerRevision: one past state of a StatefulSet or DaemonSet, to roll back to. */

import type { ControllerRevision } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { immutable, nonNegative, required } from '../field-errors.ts'
import { defineResource } from '../resource.ts'

/** `statefulset.apps/web` */
function controller({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller)
  if (!owner) return '<none>'
  const [group, version] = owner.apiVersion.split('/')
  const kind = version === undefined ? owner.kind : `${owner.kind}.${group}`
  return `${kind.toLowerCase()}/${owner.name}`
}

export const controllerRevisions = defineResource<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  strategy: {
    generation: false,
    validate: ({ data, revision }) => [
      ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
      ...nonNegative('revision', revision),
    ],
    validateUpdate: ({ data }, old) => [...immutable('data', data, old.data)],
  },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'The object whose state it keeps.',
      cell: controller,
    },
    {
      name: 'Revision',
      type: 'string',
      description: 'The number of the state; a later one is higher.',
      cell: ({ revision }) => revision ?? 0,
    },
    ageColumn,
  ],
})
