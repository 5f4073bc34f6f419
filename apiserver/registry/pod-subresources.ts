/** POST to a pod: `binding` puts it on a node, `eviction` asks it to leave. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Pod, PodCondition } from '../../api/types.ts'
import { time } from '../../ports/clock.ts'
import { conflict, invalid, type Status } from '../http/status.ts'
import { notSupported, required } from '../resources/field-errors.ts'
import { binding, eviction } from '../schema/decode.ts'
import type { Action, Actions } from './actions.ts'
import { admitAlone } from './admission-request.ts'
import type { NamedTarget } from './current.ts'
import { decodeBody } from './decoding.ts'
import { remove } from './delete.ts'
import type { RegistryPorts } from './ports.ts'
import type { Body, DeleteOptions, RequestContext, WriteOptions } from './registry.ts'
import { update } from './update.ts'

interface Binding extends KubernetesObject {
  target?: { kind?: string; name?: string }
}

interface Eviction extends KubernetesObject {
  deleteOptions?: Omit<DeleteOptions, 'dryRun'> & { dryRun?: string[] }
}

export const created: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
}

/** `binding` and `eviction`, for the registry to find. */
export function podActions(ports: RegistryPorts): Actions {
  const action =
    (act: typeof bind): Action =>
    async ({ target, body, options, context }) => {
      const answer = await act(ports, target as NamedTarget, body, options, context)
      const object = answer as unknown as KubernetesObject
      return { object, bytes: Buffer.from(JSON.stringify(answer)), created: true }
    }
  return new Map([
    ['pods/binding', action(bind)],
    ['pods/eviction', action(evict)],
  ])
}

/** Sets the node of a pod that has none, and says that it is scheduled. */
export async function bind(
  ports: RegistryPorts,
  target: NamedTarget,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): Promise<Status> {
  const wish = decodeBody<Binding>(body, binding, options, context)
  const node = wish.target?.name ?? ''
  const errors = [
    ...(node === '' ? [required('target.name')] : []),
    ...(['', 'Node'].includes(wish.target?.kind ?? '')
      ? []
      : [notSupported('target.kind', wish.target?.kind, ['Node', '<empty>'])]),
  ]
  if (errors.length > 0) throw invalid(binding, target.name, errors)
  const subject = { operation: 'CREATE', kind: binding, object: wish } as const
  await admitAlone(ports, target, subject, options, context)
  const make = (old: KubernetesObject | undefined) => bound(ports, target, old!, wish, node)
  const change = { make, part: 'own', whole: false, admitted: true } as const
  await update(ports, target, change, options, context)
  return created
}

function bound(
  { clock }: RegistryPorts,
  target: NamedTarget,
  old: KubernetesObject,
  { metadata }: Binding,
  node: string,
): KubernetesObject {
  const pod = structuredClone(old) as unknown as Pod
  const refuse = (why: string) => conflict({ group: '', plural: 'pods/binding' }, target.name, why)
  if (pod.metadata.deletionTimestamp !== undefined)
    throw refuse(`pod ${target.name} is being deleted, cannot be assigned to a host`)
  if (pod.spec?.nodeName)
    throw refuse(
      `pod ${target.name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    )
  if ((pod.spec?.schedulingGates ?? []).length > 0)
    throw refuse(`pod ${target.name} has non-empty .spec.schedulingGates`)
  const { uid, resourceVersion, annotations, labels } = metadata ?? {}
  // Version and uid are the client's to insist on.
  if (uid) pod.metadata.uid = uid
  if (resourceVersion) pod.metadata.resourceVersion = resourceVersion
  if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations }
  if (labels) pod.metadata.labels = { ...labels, ...pod.metadata.labels }
  pod.spec!.nodeName = node
  setCondition(pod, { type: 'PodScheduled', status: 'True' }, clock.now())
  return pod as unknown as KubernetesObject
}

function setCondition(
  pod: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): void {
  pod.status ??= {}
  const conditions = pod.status.conditions ?? []
  const others = conditions.filter(({ type }) => type !== condition.type)
  const before = conditions.find(({ type }) => type === condition.type)
  const since =
    before?.status === condition.status && before.lastTransitionTime
      ? before.lastTransitionTime
      : time(now)
  pod.status.conditions = [...others, { ...condition, lastTransitionTime: since }]
}

/** Deletes the pod as its disruption budgets allow; none are served yet, so all do. */
export async function evict(
  ports: RegistryPorts,
  target: NamedTarget,
  body: Body,
  options: WriteOptions,
  context: RequestContext,
): Promise<Status> {
  const wish = decodeBody<Eviction>(body, eviction, options, context)
  const { dryRun: dryRuns = [], ...deletion } = wish.deleteOptions ?? {}
  const dryRun = options.dryRun || dryRuns.includes('All')
  const subject = { operation: 'CREATE', kind: eviction, object: wish } as const
  await admitAlone(ports, target, subject, { ...options, dryRun }, context)
  const make = (old: KubernetesObject | undefined) => disrupted(ports, old!, deletion)
  const change = { make, part: 'own', whole: false, admitted: true } as const
  const { object } = await update(ports, target, change, { ...options, dryRun }, context)
  const { preconditions } = deletion
  // The version that was asked for is the one before it was told why it goes.
  const still = preconditions?.resourceVersion && {
    preconditions: { ...preconditions, resourceVersion: object.metadata.resourceVersion },
  }
  await remove(ports, target, { ...deletion, ...still, dryRun }, context, true)
  return created
}

/** Says why the pod goes, before it goes. */
function disrupted(
  { clock }: RegistryPorts,
  old: KubernetesObject,
  { preconditions }: DeleteOptions,
): KubernetesObject {
  const pod = structuredClone(old) as unknown as Pod
  const { phase } = pod.status ?? {}
  if (preconditions?.uid) pod.metadata.uid = preconditions.uid
  if (preconditions?.resourceVersion) pod.metadata.resourceVersion = preconditions.resourceVersion
  const leaving = pod.metadata.deletionTimestamp !== undefined
  if (!leaving && phase !== 'Succeeded' && phase !== 'Failed')
    setCondition(
      pod,
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      },
      clock.now(),
    )
  return pod as unknown as KubernetesObject
}
