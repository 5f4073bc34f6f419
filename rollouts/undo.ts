/**
 * Going back to an earlier template: which, what would be written, and what would bring the present one back. The write is
 * that of `kubectl rollout undo`, refused when the Deployment has changed meanwhile. Pure.
 */

import { controllerOf } from '../api/owner.ts'
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../api/types.ts'
import { causeOf, changesOf } from './change.ts'
import type { Difference } from './difference.ts'
import { whoBringsBack } from './drift.ts'
import { changeCause, hashOf } from './history.ts'
import { notCopied, revisionOf } from './revision.ts'
import { sameTemplate, templateHashLabel } from './template.ts'

export interface Undo {
  target: { hash: string; revision: number; replicaSet: string; template: PodTemplateSpec }
  /** From the present template to the target. */
  changes: Difference[]
  /** Who would bring the present template back, and what to do about it. */
  warnings: string[]
  /** What is written down as the reason. */
  cause: string
  /** RFC 6902. */
  operations: { op: 'replace'; path: string; value: unknown }[]
}

/** Why there is nothing to undo, or not this way. */
export class UndoError extends Error {
  override name = 'UndoError'
}

/**
 * @param to a revision number or the beginning of a template hash; the revision before the present one without it
 * @throws UndoError
 */
export function undoOf(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  to?: string,
): Undo {
  const name = deployment.metadata.name ?? ''
  if (deployment.spec?.paused)
    throw new UndoError(
      `deployment "${name}" is paused: resume it first with kubectl rollout resume deployment/${name}`,
    )
  const own = ownOf(deployment, replicaSets)
  const chosen = to === undefined ? previous(deployment, own) : find(own, to)
  const template = withoutHash(chosen.spec?.template)
  if (sameTemplate(template, deployment.spec?.template))
    throw new UndoError(
      `deployment "${name}" already has the template ${hashOf(chosen)} (revision ${revisionOf(chosen)})`,
    )
  const hash = hashOf(chosen)
  const change = causeOf(deployment.spec?.template, template)
  const cause = `undo to ${hash}${change ? ` (${change})` : ''}`
  const annotations = annotationsAfter(deployment, chosen, cause)
  return {
    target: {
      hash,
      revision: revisionOf(chosen),
      replicaSet: chosen.metadata.name ?? '',
      template,
    },
    changes: changesOf(deployment.spec?.template, template),
    warnings: whoBringsBack(deployment, template),
    cause,
    operations: [
      { op: 'replace', path: '/spec/template', value: template },
      { op: 'replace', path: '/metadata/annotations', value: annotations },
      // Refused as a conflict when it is another by then.
      {
        op: 'replace',
        path: '/metadata/resourceVersion',
        value: deployment.metadata.resourceVersion,
      },
    ],
  }
}

/** The Deployment's ReplicaSets, the highest revision first. */
export const ownOf = ({ metadata }: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet[] =>
  replicaSets
    .filter((each) => controllerOf(each)?.uid === metadata.uid)
    .sort((a, b) => revisionOf(b) - revisionOf(a))

function previous({ metadata, spec }: Deployment, own: readonly ReplicaSet[]): ReplicaSet {
  const found = own.find((each) => !sameTemplate(each.spec?.template, spec?.template))
  if (found) return found
  throw new UndoError(`deployment "${metadata.name}" has no earlier revision to go back to`)
}

/**
 * The one of this revision, else the one whose hash begins so.
 * @throws UndoError
 */
export function find(own: readonly ReplicaSet[], words: string): ReplicaSet {
  const numbered = own.find((each) => String(revisionOf(each)) === words)
  if (numbered) return numbered
  const named = words.length < 3 ? [] : own.filter((each) => hashOf(each).startsWith(words))
  if (named.length === 1) return named[0]!
  const known = own.map((each) => `${hashOf(each)} (revision ${revisionOf(each)})`).join(', ')
  throw new UndoError(
    `"${words}" is ${named.length > 1 ? 'the beginning of several templates' : 'no revision and no template of this deployment'}; there are: ${known || 'none'}`,
  )
}

/** As the Deployment had it. */
function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [templateHashLabel]: _, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels } }
}

/** Those of then, but for what says something of the Deployment itself. */
function annotationsAfter(
  { metadata }: Deployment,
  target: ReplicaSet,
  cause: string,
): Record<string, string> {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => notCopied.has(key))
  const then = Object.entries(target.metadata.annotations ?? {}).filter(
    ([key]) => !notCopied.has(key),
  )
  return Object.fromEntries([...then, ...kept, [changeCause, cause]])
}
