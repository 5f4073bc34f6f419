/** What a controller sends in a server-side apply: its words, completed by what follows from its declarations. */

import type { KubernetesObject, ObjectMeta } from '../../api/object.ts'
import { controllerReference } from './claim.ts'
import type { WithMeta } from './cluster.ts'
import type { Controller } from './controller.ts'
import { apiVersion, type Kind, kindKey } from './kind.ts'

/** As it goes over the wire: nothing is `undefined`, and nobody else holds a part of it. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const owns = (controller: Controller, kind: Kind): boolean =>
  controller.inputs.some(({ role, kind: input }) => role === 'owns' && same(input, kind))

const same = (one: Kind, other: Kind): boolean => kindKey(one) === kindKey(other)

/** Whether the declarations let the controller write objects of `kind`. */
export const mayWrite = (controller: Controller, kind: Kind): boolean =>
  same(controller.primary, kind) ||
  controller.inputs.some(
    ({ role, kind: input }) =>
      (role === 'owns' && same(input, kind)) ||
      (role === 'writes' && (same(input, kind) || input.plural === '*')),
  )

/** Whether the declarations name `kind` at all. */
export const isDeclared = (controller: Controller, kind: Kind): boolean =>
  mayWrite(controller, kind) || controller.inputs.some(({ kind: input }) => same(input, kind))

/**
 * The body of an apply: in the primary's namespace unless it says another, and with a reference to the primary where the
 * controller owns the kind.
 * @param primary whose run it is; `undefined` when it is gone
 */
export function appliedBody(
  controller: Controller,
  kind: Kind,
  wanted: object,
  primary: WithMeta | undefined,
): KubernetesObject {
  const { metadata: said = {} } = wanted as { metadata?: ObjectMeta }
  const namespace = kind.namespaced ? (said.namespace ?? primary?.metadata.namespace) : undefined
  const owner = primary && owns(controller, kind) ? primary : undefined
  const metadata: ObjectMeta = {
    ...said,
    ...(namespace ? { namespace } : {}),
    ...(owner ? { ownerReferences: withOwner(controller.primary, owner, said) } : {}),
  }
  if (!metadata.name) throw new Error(`${kind.kind} needs a metadata.name to be applied`)
  if (kind.namespaced && !namespace)
    throw new Error(`${kind.kind} ${metadata.name} needs a namespace to be applied in`)
  if (owner?.metadata.namespace && owner.metadata.namespace !== namespace)
    throw new Error(
      `${controller.primary.kind} ${owner.metadata.namespace}/${owner.metadata.name} cannot own ${kind.kind} ` +
        `${namespace}/${metadata.name}: an owner is in the namespace of what it owns. Leave the namespace out, or ` +
        `declare .writes(${kind.kind}) instead of .owns and remove it in .finalize`,
    )
  return plain({ ...wanted, apiVersion: apiVersion(kind), kind: kind.kind, metadata })
}

function withOwner(kind: Kind, owner: WithMeta, { ownerReferences = [] }: ObjectMeta) {
  const reference = controllerReference(kind, owner)
  return [...ownerReferences.filter(({ uid }) => uid !== reference.uid), reference]
}

/** The body of an apply of the status; refused when the object is another by now. */
export function statusBody(
  kind: Kind,
  { metadata: { namespace, name, uid } }: WithMeta,
  status: object,
): KubernetesObject {
  const metadata = { ...(namespace ? { namespace } : {}), name, uid }
  return { apiVersion: apiVersion(kind), kind: kind.kind, metadata, status }
}
