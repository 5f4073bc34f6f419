/** What is told of one object or one change when it is asked for: differences, events, the object itself. Pure. */

import { stringify } from 'yaml'
import type { KubernetesObject } from '../../../api/object.ts'
import type { Event } from '../../../api/types.ts'
import { changesOf } from '../../../rollouts/change.ts'
import type { Difference } from '../../../rollouts/difference.ts'
import { hashOf } from '../../../rollouts/history.ts'
import { revisionOf } from '../../../rollouts/revision.ts'
import { find, ownOf } from '../../../rollouts/undo.ts'
import type { DiffView, EventsView } from '../../protocol.ts'
import type { Look } from './look.ts'

/** @throws UndoError where there is no such template */
export function diffView(look: Look, from: string, to: string): DiffView {
  const own = ownOf(look.deployment, look.replicaSets)
  const [before, after] = [find(own, from), find(own, to)]
  return {
    from: { hash: hashOf(before), revision: revisionOf(before) },
    to: { hash: hashOf(after), revision: revisionOf(after) },
    changes: changesOf(before.spec?.template, after.spec?.template).map(inText),
  }
}

export const inText = ({ path, before, after }: Difference): DiffView['changes'][number] => ({
  path,
  ...(before !== undefined && { before: valueText(before) }),
  ...(after !== undefined && { after: valueText(after) }),
})

const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)

/** Of the whole family, or of one pod of it. */
export function eventsView(look: Look, pod: string | undefined): EventsView {
  const told = look.events
    .filter(
      ({ involvedObject: { kind, name } }) => pod === undefined || (kind === 'Pod' && name === pod),
    )
    .sort((a, b) => revision(a) - revision(b))
    .map((event) => ({
      at: timeOf(event),
      type: event.type ?? 'Normal',
      reason: event.reason ?? '',
      message: (event.message ?? '').trim(),
      count: event.series?.count ?? event.count ?? 1,
      object: `${(event.involvedObject.kind ?? '').toLowerCase()}/${event.involvedObject.name ?? ''}`,
    }))
  const begins = look.events.map(beganAt).filter(Boolean).sort()
  return { moment: look.moment, since: begins[0] ?? '', events: told }
}

const revision = ({ metadata }: Event): number => Number(metadata.resourceVersion) || 0

const timeOf = ({ lastTimestamp, eventTime, series, metadata }: Event): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''

const beganAt = ({ firstTimestamp, eventTime, metadata }: Event): string =>
  firstTimestamp ?? eventTime ?? metadata.creationTimestamp ?? ''

/** Without what only the server has a use for. */
export function yamlOf({ apiVersion, kind, ...object }: KubernetesObject): string {
  const { managedFields: _, ...metadata } = object.metadata
  return stringify({ apiVersion, kind, ...object, metadata }, { lineWidth: 0 })
}
