/** Nodes with special devices are tainted by the name of the device; who asks for the device tolerates the taint. */

import type { Container, Pod } from '../../api/types.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

const isExtended = (name: string) =>
  name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.')

export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate(request) {
    const { operation, object } = request
    if (!object || !concerns(request, 'pods')) return
    if (operation !== 'CREATE' && operation !== 'UPDATE') return
    const { spec } = object as unknown as Pod
    const containers: Container[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
    const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
    for (const key of new Set(names.filter(isExtended).sort())) {
      const toleration = { key, operator: 'Exists', effect: 'NoSchedule' }
      const others = (spec?.tolerations ?? []).filter(
        (one) => !(one.key === key && one.operator === 'Exists' && one.effect === 'NoSchedule'),
      )
      if (spec) spec.tolerations = [...others, toleration]
    }
  },
}
