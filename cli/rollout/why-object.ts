/** Why any object is as it is: who wrote it on whose account, and what was told about it. */

import type { KubernetesObject } from '../../api/object.ts'
import { controllerOf } from '../../controllers/framework/index.ts'
import { span } from '../../rollouts/span.ts'
import { CommandError } from '../context.ts'
import { inferredNote, leavingLines, lineageLines } from './chain.ts'
import { eventsOf } from './family.ts'
import { type Line, line } from './line.ts'
import { eventLines } from './lineage.ts'
import type { Look } from './look.ts'
import { type Resource, resourceFor, resourcesOf } from './resources.ts'

export async function whyObject(look: Look, word: string, name: string): Promise<Line[]> {
  const { now } = look
  const resource = resourceFor(word, await resourcesOf(look))
  const namespace = resource.namespaced ? look.namespace : ''
  const ref = namespace ? { namespace, name } : { name }
  const object = await look.cluster.get<KubernetesObject>(resource, ref)
  const subject = { resource: resource.plural, group: resource.group, namespace, name }
  const told = await lineageLines(look, subject, { now })
  if (!object && !told)
    throw new CommandError(
      `there is no ${resource.kind.toLowerCase()} "${name}"${namespace && ` in namespace "${namespace}"`}, and nothing is kept of one`,
      [`kubectl get ${resource.plural}${namespace && ` -n ${namespace}`}`],
    )
  const uid = object?.metadata.uid
  const events = namespace ? await eventsOf(look, { kind: resource.kind, name, uid }) : []
  const before = [...headLines(resource, name, object), ...eventLines({ events, now })]
  return [
    ...before,
    ...(before.length > 0 ? [line('')] : []),
    ...(await leavingLines(look, subject, { now, object })),
    ...(told ?? [...ownLines(object, now), inferredNote]),
  ]
}

function headLines({ kind }: Resource, name: string, object: KubernetesObject | undefined): Line[] {
  if (!object) return [line(`${kind} "${name}" is gone.`, 'strong')]
  const { deletionTimestamp, finalizers } = object.metadata
  if (!deletionTimestamp) return []
  const held = finalizers?.length ? `; held by ${finalizers.join(', ')}` : ''
  return [line(`${kind} "${name}" is being deleted${held}.`, 'warning')]
}

interface Managed {
  manager?: string
  time?: string
  operation?: string
  subresource?: string
}

/** What the object says of itself: its owner, and the last write of each manager. */
function ownLines(object: KubernetesObject | undefined, now: number): Line[] {
  if (!object) return []
  const { name, creationTimestamp, managedFields = [] } = object.metadata
  const owner = controllerOf(object)
  const writers = (managedFields as Managed[])
    .filter(({ time }) => time !== undefined)
    .sort((a, b) => Date.parse(b.time ?? '') - Date.parse(a.time ?? ''))
  return [
    line(`${object.kind} ${name} created${ago(creationTimestamp, now)}`),
    ...(owner ? [line(`<- ${owner.kind} ${owner.name}, its owner (inferred)`)] : []),
    ...writers.map(({ manager, time, operation, subresource }) =>
      line(
        `<- ${operation === 'Apply' ? 'applied' : 'written'}${subresource ? ` in ${subresource}` : ''} by "${manager}"${ago(time, now)} (inferred)`,
      ),
    ),
  ]
}

const ago = (time: string | undefined, now: number): string =>
  time ? ` ${span(now - Date.parse(time))} ago` : ''
