/** How a namespace that is going tells what it waits for. */

import type { Namespace } from '../../api/types.ts'
import type { Remaining } from './content.ts'

type Condition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number]

interface Finding {
  type: string
  /** What is wrong; all is well without it. */
  problem: string | undefined
  /** Reason with a problem, and without. */
  reasons: [problem: string, fine: string]
  fine: string
}

/** "configmaps has 2 resource instances, pods has 1 resource instances" */
const counted = (counts: ReadonlyMap<string, number>, word: string): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${word} ${count} resource instances`)
    .join(', ')

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

function findings(remaining: Remaining, discoveryFailure: unknown): Finding[] {
  const failures = [...remaining.failures].map(([kind, error]) => `${kind}: ${messageOf(error)}`)
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      problem:
        discoveryFailure === undefined
          ? undefined
          : `Discovery failed for some groups: ${messageOf(discoveryFailure)}`,
      reasons: ['DiscoveryFailed', 'ResourcesDiscovered'],
      fine: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      problem: undefined,
      reasons: ['GroupVersionParsingFailed', 'ParsedGroupVersions'],
      fine: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      problem:
        failures.length > 0
          ? `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`
          : undefined,
      reasons: ['ContentDeletionFailed', 'ContentDeleted'],
      fine: 'All content successfully deleted, may be waiting on finalization',
    },
    {
      type: 'NamespaceContentRemaining',
      problem:
        remaining.resources.size > 0
          ? `Some resources are remaining: ${counted(remaining.resources, 'has')}`
          : undefined,
      reasons: ['SomeResourcesRemain', 'ContentRemoved'],
      fine: 'All content successfully removed',
    },
    {
      type: 'NamespaceFinalizersRemaining',
      problem:
        remaining.finalizers.size > 0
          ? `Some content in the namespace has finalizers remaining: ${counted(remaining.finalizers, 'in')}`
          : undefined,
      reasons: ['SomeFinalizersRemain', 'ContentHasNoFinalizers'],
      fine: 'All content-preserving finalizers finished',
    },
  ]
}

/** The conditions, old ones kept as they are where nothing has changed. `now`: RFC 3339. */
export function deletionConditions(
  old: readonly Condition[],
  remaining: Remaining,
  discoveryFailure: unknown,
  now: string,
): Condition[] {
  const wanted = findings(remaining, discoveryFailure).map((finding): Condition => {
    const failed = finding.problem !== undefined
    const status = failed ? 'True' : 'False'
    const known = old.find(({ type }) => type === finding.type)
    return {
      type: finding.type,
      status,
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : now,
      reason: finding.reasons[failed ? 0 : 1],
      message: finding.problem ?? finding.fine,
    }
  })
  const others = old.filter(({ type }) => !wanted.some((condition) => condition.type === type))
  return [...others, ...wanted]
}
