/**
 * A lineage in words, the nearest write first: what was done to what, when and by whom, and where it ends. The command line
 * and the page print the same lines. Pure.
 */

import type { Lineage, Link, Woken } from '../api/lineage.ts'
import type { ObjectVersion, WriteRecord } from '../api/write-record.ts'
import { actorOf, actorText } from './actor.ts'
import { span } from './span.ts'

export interface ChainLine {
  text: string
  /** A write, what had woken its writer, or why there are no more. */
  kind: 'link' | 'woke' | 'end'
  /** That this link caused the one before is concluded from its owner reference; its writer says nothing. */
  inferred: boolean
}

/** Entries of what woke a writer that are named. */
const named = 3
/** Changed paths that are named where a write has no summary. */
const pathsNamed = 3

/** @param now milliseconds since the epoch: what "ago" is reckoned from */
export function chainOf({ links, end, edge }: Lineage, now: number): ChainLine[] {
  const lines = links.flatMap((link, at): ChainLine[] => {
    const inferred = links[at - 1]?.next === 'inferred'
    const woke = wokeText(link, links[at + 1])
    const text = `${at === 0 ? '' : '<- '}${linkText(link, now)}${inferred ? ' (inferred)' : ''}`
    return [
      { text, kind: 'link', inferred },
      ...(woke ? [{ text: `   ${woke}`, kind: 'woke' as const, inferred: false }] : []),
    ]
  })
  return [...lines, { text: endText(end, edge, now), kind: 'end', inferred: false }]
}

/** `ReplicaSet web-7d9f replicas 2 -> 3 r1308, 10 s ago (kube-controller-manager, deployment controller)`. */
export function linkText(link: Link, now: number): string {
  const { object, kind, record } = link
  const when = record ? `, ${span(now - Date.parse(record.at))} ago` : ''
  const who = record ? ` (${actorText(record)})` : ''
  return `${kind} ${object.name} ${deedOf(link)} r${object.resourceVersion}${when}${who}`
}

function deedOf({ type, summary, changed, record }: Link): string {
  if (type === 'created') return summary ? `created with ${summary}` : 'created'
  if (type === 'deleted') return summary ? `deleted: ${summary}` : 'deleted'
  if (summary) return summary
  if (changed.length === 0) return 'written'
  const rest = changed.length - pathsNamed
  const where = record?.subresource ? `${record.subresource} ` : ''
  return `${where}changed in ${changed.slice(0, pathsNamed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/**
 * Beside the link that is told next, and beside the object itself, unless somebody else had written it: that a thing wakes
 * its own controller says nothing.
 */
function wokeText(
  { object, because, woken = [], record }: Link,
  next: Link | undefined,
): string | undefined {
  const isTold = (each: ObjectVersion) => woken.some((one) => isSame(one.object, each))
  const others = because.filter(
    (each) => !(next && isOfSame(each, next.object)) && (!isOfSame(each, object) || isTold(each)),
  )
  const beyond = Math.max(0, others.length - named) + (record?.cause?.more ?? 0)
  if (others.length === 0) return undefined
  const more = beyond > 0 ? ` and ${beyond} more` : ''
  const names = others.slice(0, named).map((each) => {
    const name = versionName(each, object.namespace)
    const write = woken.find((one) => isSame(one.object, each))
    return write ? `${name}${wokenText(write)}` : name
  })
  return `woken by ${names.join(', ')}${more}`
}

/** ` asked to go (kubectl delete, alice)`: that a program acts by itself goes without saying, but where it ends something. */
function wokenText({ type, summary = '', record }: Woken): string {
  const deed = type === 'updated' ? summary : type
  const ends = type === 'deleted' || summary.endsWith('asked to go')
  return `${deed && ` ${deed}`}${record ? wokenWho(record, ends) : ''}`
}

function wokenWho(record: WriteRecord, ends: boolean): string {
  const { automatic, program } = actorOf(record)
  if (!automatic) return ` (${actorText(record)})`
  return ends && program !== '' ? ` (${program})` : ''
}

const isOfSame = (a: ObjectVersion, b: ObjectVersion): boolean =>
  a.resource === b.resource &&
  a.group === b.group &&
  a.namespace === b.namespace &&
  a.name === b.name

const isSame = (a: ObjectVersion, b: ObjectVersion): boolean =>
  isOfSame(a, b) && a.resourceVersion === b.resourceVersion

/** Groups of Kubernetes itself go without saying. */
function versionName(
  { resource, group, namespace, name, resourceVersion }: ObjectVersion,
  home: string,
): string {
  const own = group !== '' && group.includes('.') && !group.endsWith('.k8s.io')
  const where = namespace !== '' && namespace !== home ? ` in ${namespace}` : ''
  const when = resourceVersion === '' ? '' : ` r${resourceVersion}`
  return `${resource}${own ? `.${group}` : ''}/${name}${where}${when}`
}

function endText(end: Lineage['end'], edge: Lineage['edge'], now: number): string {
  switch (end) {
    case 'author':
      return 'It began there: nobody else had caused that.'
    case 'edge': {
      const since = edge.at ? `, ${span(now - Date.parse(edge.at))} ago` : ''
      return `Why that was is kept no longer: history begins at r${edge.revision}${since}.`
    }
    case 'forbidden':
      return 'What caused that may not be read by you.'
    case 'long':
      return 'And so on: no longer chain is told.'
    default:
      return end satisfies never
  }
}
