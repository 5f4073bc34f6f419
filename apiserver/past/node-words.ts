/** What a write has changed of a node's place in the cluster, in a few words. Pure. */

import type { Node } from '../../api/types.ts'

/** `cordoned`, `tainted example.com/why=x:NoExecute`. */
export function nodeWords(before: Node, after: Node): string[] {
  const [old, now] = [taintsOf(before), taintsOf(after)]
  const [was, is] = [before, after].map(({ spec }) => spec?.unschedulable === true)
  const words = (what: string, taints: string[]) =>
    taints.length > 0 ? [`${what} ${taints.join(' and ')}`] : []
  return [
    ...(was === is ? [] : [is ? 'cordoned' : 'uncordoned']),
    ...words('tainted', missing(now, old)),
    ...words('no longer tainted', missing(old, now)),
  ]
}

const missing = (from: string[], others: string[]): string[] =>
  from.filter((taint) => !others.includes(taint))

/** As kubectl writes them. */
const taintsOf = ({ spec }: Node): string[] =>
  (spec?.taints ?? []).map(
    ({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`,
  )
