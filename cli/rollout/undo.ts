/** `tiphys rollout undo`: back to an earlier template, named and shown before it is written. */

import { Deployment, isConflict } from '../../controllers/framework/index.ts'
import { foresee } from '../../rollouts/room.ts'
import { undoOf } from '../../rollouts/undo.ts'
import { CommandError, type Context } from '../context.ts'
import { diffLines, inWords, write } from './diff.ts'
import { readNodes, readSets } from './family.ts'
import { type Line, line } from './line.ts'
import type { PlaceFlags } from './place.ts'
import { manager, withSession } from './session.ts'
import { deploymentNamed } from './target.ts'

export interface UndoFlags extends PlaceFlags {
  /** A hash or a revision; the one before without it. */
  to?: string
  dryRun?: boolean
}

export function undo(context: Context, words: string, flags: UndoFlags): Promise<number> {
  const name = deploymentNamed(words)
  return withSession(context, flags, async (session) => {
    const { deployment, replicaSets } = await readSets(session, name)
    const plan = inWords(() => undoOf(deployment, replicaSets, flags.to))
    // What still runs of the target needs no room.
    const back = replicaSets.find(({ metadata }) => metadata.name === plan.target.replicaSet)
    const stays = (back?.status?.availableReplicas ?? 0) >= (deployment.spec?.replicas ?? 1)
    const forecast = stays
      ? undefined
      : foresee(deployment, plan.target.template, await readNodes(session))
    const { hash, revision } = plan.target
    const lines: Line[] = [
      line(`deployment/${name}: ${plan.cause}; it was revision ${revision}`, 'strong'),
      ...diffLines(plan.changes),
      ...plan.warnings.map((text) => line(`! ${text}`, 'warning')),
      ...(forecast && forecast.fits !== true ? [line(`! ${forecast.message}`, 'warning')] : []),
    ]
    write(context, lines)
    const { cluster, namespace } = session
    try {
      await cluster.patch(
        Deployment,
        { namespace, name },
        { type: 'json', operations: plan.operations },
        { fieldManager: manager, dryRun: flags.dryRun === true },
      )
    } catch (error) {
      if (!isConflict(error)) throw error
      throw new CommandError(`deployment "${name}" has changed meanwhile: nothing was written`, [
        `tiphys rollout undo deploy/${name}: look again`,
      ])
    }
    const done = flags.dryRun
      ? `The server would accept this; nothing was written (--dry-run).`
      : `Goes back to ${hash}. See: tiphys rollout watch deploy/${name}`
    context.out.write(`${done}\n`)
    return 0
  })
}
