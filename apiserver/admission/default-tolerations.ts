/** A pod outlives its node's silence by five minutes, unless it says otherwise. */

import type { Pod } from '../../api/types.ts'
import { type AdmissionPlugin, concerns } from './admission.ts'

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(request) {
    if (!request.object || !concerns(request, 'pods')) return
    const { spec } = request.object as unknown as Pod
    if (!spec) return
    for (const key of keys) {
      const tolerated = spec.tolerations?.some(
        (toleration) =>
          (toleration.key === key || !toleration.key) &&
          (toleration.effect === 'NoExecute' || !toleration.effect),
      )
      if (tolerated) continue
      spec.tolerations ??= []
      spec.tolerations.push({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })
    }
  },
}
