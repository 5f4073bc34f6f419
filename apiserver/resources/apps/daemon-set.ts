/** DaemonSet: one pod of a template on every node that it fits. */

import type { DaemonSet } from '../../../api/types.ts'
import {
  ageColumn,
  formatLabels,
  nameColumn,
  selectorColumn,
  templateColumns,
} from '../common-columns.ts'
import { statusSubresource } from '../common-subresources.ts'
import { workloadWarnings } from '../core/pod/pod-warnings.ts'
import { immutable } from '../field-errors.ts'
import { type Column, defineResource } from '../resource.ts'
import { statusStrategy } from '../status-strategy.ts'
import {
  countTemplate,
  defaultDaemonSet,
  validateDaemonSet,
  validateDaemonSetStatus,
} from './daemon-set-rules.ts'

type Status = NonNullable<DaemonSet['status']>
type Count = {
  [Name in keyof Status]-?: Status[Name] extends number | undefined ? Name : never
}[keyof Status]

const none = () => ({
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
})
const keepStatus = statusStrategy<DaemonSet>(none)

const countColumn = (name: string, count: Count, description: string): Column<DaemonSet> => ({
  name,
  type: 'integer',
  description,
  cell: ({ status }) => status?.[count] ?? 0,
})

export const daemonSets = defineResource<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  strategy: {
    ...keepStatus,
    default: defaultDaemonSet,
    prepareForCreate(daemonSet, context) {
      keepStatus.prepareForCreate(daemonSet, context)
      countTemplate(daemonSet, undefined)
    },
    prepareForUpdate(daemonSet, old, context) {
      keepStatus.prepareForUpdate(daemonSet, old, context)
      countTemplate(daemonSet, old)
    },
    prepareForStatusUpdate(daemonSet, old, context) {
      keepStatus.prepareForStatusUpdate(daemonSet, old, context)
      countTemplate(daemonSet, old)
    },
    validate: (daemonSet) => [...validateDaemonSet(daemonSet)],
    validateUpdate: ({ spec }, old) => [
      ...immutable('spec.selector', spec?.selector, old.spec?.selector),
    ],
    warnings: (set, old) => workloadWarnings(set, old, set.spec?.template),
    validateStatusUpdate: (daemonSet, old) => [...validateDaemonSetStatus(daemonSet, old)],
  },
  subresources: [statusSubresource],
  columns: [
    nameColumn,
    countColumn('Desired', 'desiredNumberScheduled', 'Nodes that should run its pod.'),
    countColumn('Current', 'currentNumberScheduled', 'Nodes that should and do run its pod.'),
    countColumn('Ready', 'numberReady', 'Nodes on which its pod is ready.'),
    countColumn(
      'Up-to-date',
      'updatedNumberScheduled',
      'Nodes with a pod of the current template.',
    ),
    countColumn('Available', 'numberAvailable', 'Pods that have been ready for minReadySeconds.'),
    {
      name: 'Node Selector',
      type: 'string',
      description: 'The labels of the nodes that it is for.',
      cell: ({ spec }) => formatLabels(spec?.template?.spec?.nodeSelector),
    },
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
})
