/** A recording of one Deployment, ready to be looked at from its beginning to its end. Built once; nothing is added later. */

import { kinshipOf } from '../../../recordings/kinship.ts'
import { marksOf, type TimelineMark } from '../../../recordings/marks.ts'
import type { Line, Moment } from '../../../recordings/recording.ts'
import { Timeline } from '../../../recordings/timeline.ts'
import { CommandError } from '../../context.ts'
import type { Track } from './player.ts'

export interface Tape {
  timeline: Timeline
  namespace: string
  name: string
  /** When something of it changed, the beginning and the end. At least one. */
  moments: readonly Moment[]
  /** What happened, in order. */
  marks: readonly TimelineMark[]
}

/** Memory that a recording may take; of a longer one the beginning is forgotten. */
const limits = { bytes: 512 * 2 ** 20, age: Number.POSITIVE_INFINITY }

/** @param wanted the Deployment; the only one there is without it. @throws CommandError, RecordingError */
export async function tapeOf(
  lines: AsyncIterable<Line> | Iterable<Line>,
  wanted?: string,
): Promise<Tape> {
  const timeline = new Timeline(limits)
  for await (const line of lines) timeline.add(line)
  const { namespace, name } = chosen(timeline, wanted)
  const marks = marksOf(timeline, { namespace, name })
  return {
    timeline,
    namespace,
    name,
    marks,
    moments: momentsOf(timeline, { namespace, name }, marks),
  }
}

/** Its moments as they are played. */
export function trackOf({ moments, marks }: Tape): Track {
  let latest = 0
  const times = moments.map(({ at }) => {
    const read = Date.parse(at)
    latest = Math.max(latest, Number.isNaN(read) ? 0 : read)
    return latest
  })
  const indices = new Map(moments.map(({ revision }, index) => [revision, index]))
  const notable = marks.flatMap((mark) => (mark.notable ? (indices.get(mark.revision) ?? []) : []))
  return { times, notable: [...new Set(notable)].sort((a, b) => a - b) }
}

/** `deployment/web image web 1.2 -> 1.3 by ...`: what names its object by itself does not do so twice. */
export function sentenceOf({ object, text }: TimelineMark): string {
  const name = object.slice(object.indexOf('/') + 1)
  return `${object} ${text.startsWith(`${name} `) ? text.slice(name.length + 1) : text}`
}

function momentsOf(
  timeline: Timeline,
  deployment: { namespace: string; name: string },
  marks: readonly TimelineMark[],
): Moment[] {
  const { edge, head } = timeline
  const kin = kinshipOf(timeline, deployment)
  const changes = [
    ...kin.deployment,
    ...kin.branches.flatMap(({ replicaSet, pods }) => [...replicaSet, ...pods.flat()]),
  ]
  // Before there was one, nothing is to be seen.
  const began = edge && timeline.at(edge.revision)?.find('Deployment', deployment) ? [edge] : []
  const ends = [...began, ...(head ? [head] : [])].map(({ revision }) => revision)
  const revisions = [...changes, ...marks].map(({ revision }) => revision)
  return [...new Set([...ends, ...revisions])]
    .filter((revision) => revision >= (edge?.revision ?? 0))
    .sort((a, b) => a - b)
    .map((revision) => ({ revision, at: timeline.timeOf(revision) }))
}

function chosen(timeline: Timeline, wanted: string | undefined) {
  const places = [...timeline.histories('Deployment')].map(({ place }) => place)
  const names = [...new Set(places.map(({ name }) => name))].sort()
  const found = places.find(({ name }) => name === (wanted ?? names[0]))
  if (wanted === undefined && names.length > 1)
    throw new CommandError(`the recording has several deployments: ${names.join(', ')}`, [
      'say which: deploy/NAME',
    ])
  if (found) return found
  if (names.length === 0) throw new CommandError('the recording has no deployment')
  throw new CommandError(`the recording has no deployment "${wanted}"`, [
    `it has: ${names.join(', ')}`,
  ])
}
