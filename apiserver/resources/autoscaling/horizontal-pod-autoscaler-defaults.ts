/** What an autoscaler does when it is not told: 80 % of the CPU that is requested, quickly up and steadily down. */

import type { HorizontalPodAutoscaler } from '../../../api/types.ts'
import { canonicalQuantity } from '../canonical-quantity.ts'

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>

const cpuTarget = () => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
})

/** Changes `autoscaler`; idempotent. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (!spec) return
  spec.minReplicas ??= 1
  if ((spec.metrics ?? []).length === 0) spec.metrics = [cpuTarget()]
  for (const { object, pods, resource, containerResource, external } of spec.metrics ?? [])
    for (const source of [object, pods, resource, containerResource, external])
      for (const name of ['value', 'averageValue'] as const) {
        const quantity = source?.target?.[name]
        if (source && quantity !== undefined) source.target[name] = canonicalQuantity(quantity)
      }
  if (!spec.behavior) return
  spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  })
  spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, {
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  })
}

function withDefaults(rules: Rules | undefined, defaults: Rules): Rules {
  const all: Rules = { selectPolicy: 'Max', ...defaults, ...rules }
  if (all.tolerance !== undefined) all.tolerance = canonicalQuantity(all.tolerance)
  return all
}
