/** The API server refuses what controllers want to create or delete: a quota, a policy, a webhook. */

import { isPodTerminating } from '../../api/pod-status.ts'
import { conditionOf } from '../condition.ts'
import type { Explanation } from '../explanation.ts'
import { allOf } from '../family.ts'
import { at, type Facts } from './facts.ts'

export const refused = (facts: Facts): Explanation | undefined =>
  replicaSetRefused(facts) ?? podRefused(facts)

function replicaSetRefused(facts: Facts): Explanation | undefined {
  const condition = conditionOf(facts.deployment.status?.conditions, 'Progressing')
  if (condition?.reason !== 'ReplicaSetCreateError' || facts.family.newest) return undefined
  const { message = '' } = condition
  return {
    code: 'refused',
    verdict: `${message || 'The new replica set was refused'}.`.replace(/\.\.$/, '.'),
    severity: 'error',
    hopeless: true,
    because: [{ object: at(facts), field: 'status.conditions[Progressing]', message }],
    next: 'Correct what the refusal names; it is tried again.',
  }
}

function podRefused(facts: Facts): Explanation | undefined {
  const { newest, old } = facts.family
  for (const { replicaSet } of [...(newest ? [newest] : []), ...old]) {
    const failure = replicaSet.status?.conditions?.find(
      ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
    )
    if (!failure) continue
    const { message = '' } = failure
    const { name } = replicaSet.metadata
    const verb = failure.reason === 'FailedDelete' ? 'delete' : 'create'
    const quota = verb === 'create' ? quotaOf(message) : undefined
    const sentence = quota ? quotaSentence(quota) : message
    const object = `replicaset/${name}`
    return {
      code: 'refused',
      verdict: `ReplicaSet "${name}" cannot ${verb} pods: ${sentence}`,
      severity: 'error',
      hopeless: !(quota && quotaGetsFree(facts)),
      because: [{ object, field: 'status.conditions[ReplicaFailure]', message }],
      next: quota
        ? `Raise the quota "${quota.name}", or ask for less; it is tried again.`
        : 'Raise the quota or correct what the refusal names; it is tried again.',
    }
  }
  return undefined
}

interface Quota {
  name: string
  lacks: { resource: string; requested: string; used: string; limited: string }[]
}

/** `exceeded quota: NAME, requested: pods=1, used: pods=2, limited: pods=2`, wherever it stands in the message. */
function quotaOf(message: string): Quota | undefined {
  const match = /exceeded quota: ([^,]+), requested: (\S+), used: (\S+), limited: ([^\s]+)/.exec(
    message,
  )
  if (!match) return undefined
  const [, name = '', ...lists] = match
  const [requested, used, limited] = lists.map(amounts)
  const lacks = [...(limited ?? [])].map(([resource, limit]) => ({
    resource,
    limited: limit,
    requested: requested?.get(resource) ?? '0',
    used: used?.get(resource) ?? '0',
  }))
  return { name, lacks }
}

const amounts = (list: string): Map<string, string> =>
  new Map(
    list
      .replace(/\.$/, '')
      .split(',')
      .map((each): [string, string] => {
        const [resource = '', amount = ''] = each.split('=')
        return [resource, amount]
      }),
  )

const quotaSentence = ({ name, lacks }: Quota): string => {
  const parts = lacks.map(
    ({ resource, requested, used, limited }) =>
      `${resource}: ${used} of ${limited} used, ${requested} more asked for`,
  )
  return `quota "${name}" is exceeded (${parts.join('; ')}).`
}

/** Pods that end, or that may be ended, make room in a quota. */
const quotaGetsFree = ({ bounds, family }: Facts): boolean =>
  allOf(family).some(({ pods }) => pods.some(isPodTerminating)) ||
  (bounds.maxUnavailable > 0 &&
    family.old.some(({ replicaSet: { status } }) => (status?.replicas ?? 0) > 0))
