/** Where CPU or memory is limited in sum, every container has to say how much it takes. */

import type { Container, Pod } from '../../api/types.ts'

const sides: [string, 'requests' | 'limits', string][] = [
  ['cpu', 'requests', 'cpu'],
  ['memory', 'requests', 'memory'],
  ['requests.cpu', 'requests', 'cpu'],
  ['requests.memory', 'requests', 'memory'],
  ['limits.cpu', 'limits', 'cpu'],
  ['limits.memory', 'limits', 'memory'],
]

/** `limits.cpu for: a,b; requests.cpu for: a`; empty where everything is said, or the pod says it as a whole. */
export function missingAmounts({ spec }: Pod, limited: readonly string[]): string {
  const whole = spec?.resources
  if (!spec || whole?.requests || whole?.limits) return ''
  const containers: Container[] = [...spec.containers, ...(spec.initContainers ?? [])]
  return sides
    .filter(([name]) => limited.includes(name))
    .map(([name, side, amount]) => ({
      name,
      missing: containers
        .filter(({ resources }) => !Object.hasOwn(resources?.[side] ?? {}, amount))
        .map((container) => container.name),
    }))
    .filter(({ missing }) => missing.length > 0)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, missing }) => `${name} for: ${missing.sort().join(',')}`)
    .join('; ')
}
