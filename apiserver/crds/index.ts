/** Custom resources as the API server is composed of them. */

import { CustomResources, type CustomResourcesPorts } from './custom-resources.ts'
import { ServedKinds, type ServedPorts } from './served-kinds.ts'

type Ports = Pick<CustomResourcesPorts, 'registry' | 'definitions' | 'report'> &
  Pick<ServedPorts, 'resources' | 'caches' | 'webhooks'>

/** Not started. From then on reads of what is not served yet wait until it could be. */
export function customResources({ registry, definitions, report, ...ports }: Ports) {
  const { clock, random } = registry
  const served = new ServedKinds({ ...ports, random, report })
  const custom = new CustomResources({ registry, definitions, served, clock, report })
  registry.settled = () => custom.settled()
  return custom
}
