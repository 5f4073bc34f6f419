/** POST to a pod: `binding` puts it on a node; `eviction`, which asks it to leave, has a file of its own. */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Pod } from '../../api/types.ts'
import { badRequest, conflict, invalid, type Status } from '../http/status.ts'
import { notSupported, required } from '../resources/field-errors.ts'
import { binding } from '../schema/decode.ts'
import type { Action, ActionRequest, Actions } from './actions.ts'
import { admitAlone } from './admission-request.ts'
import { checkBodyName } from './body-name.ts'
import type { NamedTarget } from './current.ts'
import { decodeBody } from './decoding.ts'
import { evict } from './eviction.ts'
import { setPodCondition } from './pod-condition.ts'
import type { RegistryPorts } from './ports.ts'
import { update } from './update.ts'

interface Binding extends KubernetesObject {
  target?: { kind?: string; name?: string }
}

const created: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
}

/** A POST to a pod. It answers `Success`, or throws. */
export type PodAction = ActionRequest & { target: NamedTarget; ports: RegistryPorts }

/** `binding` and `eviction`, for the registry to find. */
export function podActions(ports: RegistryPorts): Actions {
  const action =
    (act: (request: PodAction) => Promise<void>): Action =>
    async (request) => {
      await act({ ...request, target: request.target as NamedTarget, ports })
      const object = created as unknown as KubernetesObject
      return { object, bytes: Buffer.from(JSON.stringify(created)), created: true }
    }
  return new Map([
    ['bindings', bindByBody],
    ['pods/binding', action(bind)],
    ['pods/eviction', action(evict)],
  ])
}

/** The older way: the pod is named in the body alone. */
const bindByBody: Action = async ({ target, body, options, context, registry }) => {
  const resource = registry.find('', 'v1', 'pods')
  const { name } = decodeBody<Binding>(body, binding, options, context).metadata ?? {}
  if (!resource || !name) throw badRequest('name is required')
  const pod = { resource, namespace: target.namespace, name, subresource: 'binding' }
  return registry.create(pod, body, options, context)
}

/** Sets the node of a pod that has none, and says that it is scheduled. */
async function bind({ ports, target, body, options, context }: PodAction): Promise<void> {
  const wish = decodeBody<Binding>(body, binding, options, context)
  checkBodyName(wish, target.name)
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
}

function bound(
  { clock }: RegistryPorts,
  target: NamedTarget,
  old: KubernetesObject,
  { metadata }: Binding,
  node: string,
): KubernetesObject {
  const pod = cloneJson(old) as unknown as Pod
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
  setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, clock.now())
  return pod as unknown as KubernetesObject
}
