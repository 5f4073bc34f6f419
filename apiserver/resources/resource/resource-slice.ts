/** ResourceSlice: devices that a driver has, on a node or for several. */

import type { ResourceSlice } from '../../../api/types.ts'
import { formatTime } from '../../schema/scalars.ts'
import { ageColumn, column, nameColumn } from '../common-columns.ts'
import { defineResource, type StrategyContext } from '../resource.ts'
import { validateResourceSlice, validateSliceUpdate } from './resource-slice-validation.ts'

export const resourceSlices = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  strategy: {
    returnsDeleted: true,
    prepareForCreate: prepare,
    prepareForUpdate: (slice, _, context) => prepare(slice, context),
    validate: (slice) => [...validateResourceSlice(slice)],
    validateUpdate: (slice, old) => [...validateSliceUpdate(slice, old)],
  },
  subresources: [],
  fieldSelectors: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.driver': ({ spec }) => spec?.driver ?? '',
  },
  columns: [
    nameColumn,
    column('Node', 'The node that has the devices.', ({ spec }) => spec?.nodeName ?? ''),
    column('Driver', 'The driver.', ({ spec }) => spec?.driver ?? ''),
    column('Pool', 'The pool that they are a part of.', ({ spec }) => spec?.pool?.name ?? ''),
    ageColumn,
  ],
})

/** Taints say since when. What kube-apiserver does not keep unless it is told to is not kept. */
function prepare({ spec }: ResourceSlice, { clock }: StrategyContext): void {
  for (const device of spec?.devices ?? []) {
    for (const taint of device.taints ?? [])
      taint.timeAdded ??= formatTime(Math.floor(clock.now() / 1000))
    delete device.nodeAllocatableResourceMappings
    for (const attribute of Object.values(device.attributes ?? {}))
      for (const list of ['bools', 'ints', 'strings', 'versions'] as const) delete attribute[list]
  }
}
