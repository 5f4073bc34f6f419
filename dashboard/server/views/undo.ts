/** What going back would do, as it is shown before it is written. Pure. */

import { undoOf } from '../../../rollouts/undo.ts'
import type { UndoPlan } from '../../protocol.ts'
import { inText } from './details.ts'
import type { Look } from './look.ts'

/** @throws UndoError where there is nothing to go back to */
export function undoPlan(
  { deployment, replicaSets }: Pick<Look, 'deployment' | 'replicaSets'>,
  to: string | undefined,
  forecast: string | undefined,
): UndoPlan {
  const { target, changes, warnings, cause } = undoOf(deployment, replicaSets, to)
  const { namespace = 'default', name = '', resourceVersion = '' } = deployment.metadata
  return {
    target: {
      hash: target.hash,
      revision: target.revision,
      images: (target.template.spec?.containers ?? []).map(({ image = '' }) => image),
    },
    cause,
    changes: changes.map(inText),
    warnings,
    ...(forecast !== undefined && { forecast }),
    resourceVersion,
    manifest: `kubectl apply view-last-applied deployment/${name} -n ${namespace}`,
  }
}

/** Whether two plans do the same; a Deployment whose status has changed is another version of the same. */
export const isSamePlan = (
  { resourceVersion: _, ...a }: UndoPlan,
  { resourceVersion: __, ...b }: UndoPlan,
): boolean => JSON.stringify({ ...a, forecast: '' }) === JSON.stringify({ ...b, forecast: '' })
