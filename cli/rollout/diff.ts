/** `tiphys rollout diff`: what differs between two templates of a Deployment. */

import { changesOf } from '../../rollouts/change.ts'
import type { Difference } from '../../rollouts/difference.ts'
import { hashOf } from '../../rollouts/history.ts'
import { revisionOf } from '../../rollouts/revision.ts'
import { sameTemplate } from '../../rollouts/template.ts'
import { find, ownOf, UndoError } from '../../rollouts/undo.ts'
import { CommandError, type Context } from '../context.ts'
import { painted, wantsColours } from './colour.ts'
import { readSets } from './family.ts'
import { type Line, line } from './line.ts'
import { type LookFlags, withLook } from './look.ts'
import { deploymentNamed } from './target.ts'

/** @param versions from and to: hashes or revisions. One: from it to the present; none: from the one before. */
export function diff(
  context: Context,
  words: string,
  versions: readonly string[],
  flags: LookFlags,
): Promise<number> {
  const name = deploymentNamed(words)
  return withLook(context, flags, async (look) => {
    const { deployment, replicaSets } = await readSets(look, name)
    const own = ownOf(deployment, replicaSets)
    const present = own.find((each) => sameTemplate(each.spec?.template, deployment.spec?.template))
    const before = own.find((each) => each !== present)
    const [from, to] = inWords(() => [
      versions[0] === undefined ? before : find(own, versions[0]),
      versions[1] === undefined ? present : find(own, versions[1]),
    ])
    if (!from || !to)
      throw new CommandError(`deployment "${name}" has no earlier revision to compare with`)
    const title = [from, to].map((each) => `${hashOf(each)} (revision ${revisionOf(each)})`)
    const changes = changesOf(from.spec?.template, to.spec?.template)
    const lines = [
      ...look.lead,
      line(`${name}: ${title.join(' -> ')}`, 'strong'),
      ...diffLines(changes),
    ]
    write(context, lines)
    return 0
  })
}

/** Pure: the path, then what was and what is. */
export function diffLines(changes: readonly Difference[]): Line[] {
  if (changes.length === 0) return [line('  no difference', 'faint')]
  return changes.flatMap(({ path, before, after }) => [
    line(`  ${path}`),
    ...(before === undefined ? [] : [line(`  - ${valueText(before)}`, 'bad')]),
    ...(after === undefined ? [] : [line(`  + ${valueText(after)}`, 'good')]),
  ])
}

const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** To a terminal with colours. */
export function write({ out, env }: Context, lines: readonly Line[]): void {
  const colours = out.isTTY === true && wantsColours(env)
  if (lines.length > 0) out.write(`${lines.map((each) => painted(each, colours)).join('\n')}\n`)
}

/** What was asked for and is not there, as an error that needs no stack. */
export function inWords<T>(task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (error instanceof UndoError) throw new CommandError(error.message)
    throw error
  }
}
