/** ComponentStatus: whether a part of the control plane is well. Found out when somebody asks, and never stored. */

import type { ComponentStatus } from '../../../api/types.ts'
import { nameColumn } from '../common-columns.ts'
import { type Column, defineResource } from '../resource.ts'

const healthy = ({ conditions }: ComponentStatus) =>
  conditions?.find(({ type }) => type === 'Healthy')

function statusOf(component: ComponentStatus): string {
  const condition = healthy(component)
  if (!condition) return 'Unknown'
  return condition.status === 'True' ? 'Healthy' : 'Unhealthy'
}

const column = (
  name: string,
  description: string,
  cell: (component: ComponentStatus) => string,
): Column<ComponentStatus> => ({ name, type: 'string', description, cell })

export const componentStatuses = defineResource<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  virtual: true,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  strategy: { generation: false },
  subresources: [],
  columns: [
    nameColumn,
    column('Status', 'Whether it is well.', statusOf),
    column('Message', 'What it said.', (component) => healthy(component)?.message ?? ''),
    column('Error', 'Why it could not be asked.', (component) => healthy(component)?.error ?? ''),
  ],
})
