/** A write as a link of a lineage: what it changed, and in a few words what that was. Pure. */

import type { Link } from '../../api/lineage.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Node, Pod, PodTemplateSpec } from '../../api/types.ts'
import type { ObjectVersion, WriteRecord } from '../../api/write-record.ts'
import { causeOf, imagesOf } from '../../rollouts/change.ts'
import { differences } from '../../rollouts/difference.ts'
import { lastApplied } from '../../rollouts/drift.ts'
import { nodeWords } from './node-words.ts'
import type { ObjectWrite } from './write.ts'

/** Changed paths that are told. */
const mostPaths = 12
/** Images of a new object that are named. */
const mostImages = 3

export function linkOf(write: ObjectWrite, record: WriteRecord | undefined): Link {
  const { type, before, object, subject } = write
  const summary = summaryOf(write, record)
  return {
    object: versionOf(write),
    kind: subject.kind,
    type,
    changed: type === 'updated' && before ? changedPaths(before, object) : [],
    ...(summary && { summary }),
    ...(record && { record }),
    because: [],
  }
}

const versionOf = ({ subject, revision }: ObjectWrite): ObjectVersion => {
  const { resource, group, namespace, name } = subject
  return { resource, group, namespace, name, resourceVersion: String(revision) }
}

/** What is wanted first: of what has come of it, and of metadata, there may be more than is told. */
function changedPaths(before: KubernetesObject, after: KubernetesObject): string[] {
  const paths = differences(plain(before), plain(after)).map(({ path }) => path)
  const isOther = (path: string) => Number(/^(metadata|status)\b/.test(path))
  return paths.sort((a, b) => isOther(a) - isOther(b)).slice(0, mostPaths)
}

/** Without what changes with every write, and what says the same once more. */
function plain({ metadata, ...fields }: KubernetesObject): KubernetesObject {
  const { managedFields: _, resourceVersion: __, generation: ___, annotations, ...kept } = metadata
  const { [lastApplied]: ____, ...others } = annotations ?? {}
  return { ...fields, metadata: { ...kept, annotations: others } }
}

function summaryOf(
  { type, before, object }: ObjectWrite,
  record: WriteRecord | undefined,
): string | undefined {
  switch (type) {
    case 'created':
      return imageText(object)
    case 'deleted':
      return record?.subresource === 'eviction' ? 'evicted' : undefined
    case 'updated':
      return before && changeText(before, object)
    default:
      return type satisfies never
  }
}

function imageText(object: KubernetesObject): string | undefined {
  const images = imagesOf(
    templateOf(object) ?? (isPod(object) ? (object as PodTemplateSpec) : undefined),
  )
  if (images.length === 0) return undefined
  const rest = images.length - mostImages
  const named = images.slice(0, mostImages).join(', ')
  return `image ${named}${rest > 0 ? ` and ${rest} more` : ''}`
}

function changeText(before: KubernetesObject, after: KubernetesObject): string | undefined {
  const [old, now] = [specOf(before), specOf(after)]
  const words = [
    causeOf(templateOf(before), templateOf(after)),
    changed('replicas', old.replicas, now.replicas),
    ...countWords(before, after),
    old.paused === now.paused ? undefined : now.paused ? 'paused' : 'resumed',
    old.suspend === now.suspend ? undefined : now.suspend ? 'suspended' : 'resumed',
    ...(isNode(after) ? nodeWords(before as unknown as Node, after as unknown as Node) : []),
    ...(isPod(after) ? podWords(before as unknown as Pod, after as unknown as Pod) : []),
    before.metadata.deletionTimestamp === undefined && after.metadata.deletionTimestamp
      ? 'asked to go'
      : undefined,
  ].filter((each) => each !== undefined)
  return words.length === 0 ? undefined : words.join(', ')
}

function podWords(before: Pod, after: Pod): (string | undefined)[] {
  const node = after.spec?.nodeName
  const ready = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status
  const restarts = (pod: Pod) =>
    (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0)
  const again = restarts(after) - restarts(before)
  return [
    node && !before.spec?.nodeName ? `bound to node ${node}` : undefined,
    changed('phase', before.status?.phase, after.status?.phase),
    ready(after) === 'True' && ready(before) !== 'True' ? 'ready' : undefined,
    ready(before) === 'True' && ready(after) !== 'True' ? 'no longer ready' : undefined,
    again > 0 ? `restarted${again > 1 ? ` ${again} times` : ''}` : undefined,
  ]
}

/** Of what has pods and counts them. */
function countWords(before: KubernetesObject, after: KubernetesObject): (string | undefined)[] {
  const [old, now] = [countsOf(before), countsOf(after)]
  if (typeof old?.replicas !== 'number' || typeof now?.replicas !== 'number') return []
  return [
    changed('pods', old.replicas, now.replicas),
    changed('ready', old.readyReplicas ?? 0, now.readyReplicas ?? 0),
  ]
}

const countsOf = ({ status }: KubernetesObject) =>
  status as { replicas?: unknown; readyReplicas?: unknown } | undefined

/** `replicas 2 -> 3`. */
const changed = (what: string, before: unknown, after: unknown): string | undefined =>
  before === after || before === undefined || after === undefined
    ? undefined
    : `${what} ${before} -> ${after}`

interface Wish {
  replicas?: number
  paused?: boolean
  suspend?: boolean
  template?: PodTemplateSpec
}

const specOf = ({ spec }: KubernetesObject): Wish =>
  typeof spec === 'object' && spec !== null ? (spec as Wish) : {}

/** Where it is one: anybody may call a field `template`. */
function templateOf(object: KubernetesObject): PodTemplateSpec | undefined {
  const { template } = specOf(object)
  const containers: unknown = template?.spec?.containers
  const are =
    Array.isArray(containers) && containers.every((each) => typeof each?.name === 'string')
  return are ? template : undefined
}

const isNode = ({ kind, apiVersion }: KubernetesObject) => kind === 'Node' && apiVersion === 'v1'
const isPod = ({ kind, apiVersion }: KubernetesObject) => kind === 'Pod' && apiVersion === 'v1'
