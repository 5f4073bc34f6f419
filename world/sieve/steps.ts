/**
 * What a user does to a cluster, one step after the other, as plain data: each step is done when the one before it has
 * had all its effects. Steps that wait for a person or for chance do not exist.
 */

import type { KubernetesObject } from '../../api/object.ts'
import {
  apiVersion,
  type Cluster,
  type InputOf,
  type Kind,
  type Ref,
  type WithMeta,
} from '../../controllers/framework/index.ts'
import { placeOf, type RefText } from './head.ts'

export type Step =
  | { do: 'create' | 'apply'; object: KubernetesObject }
  | { do: 'patch'; kind: Kind; ref: Ref; body: object; subresource?: string }
  | { do: 'remove'; kind: Kind; ref: Ref }
  /** Virtual time goes by; milliseconds or a text such as `10m`. */
  | { do: 'wait'; time: number | string }

/** Makes an object. Without a kind it carries its `apiVersion` and `kind`. */
export function create(object: object): Step
export function create<K extends Kind<never> | Kind>(kind: K, object: Made<K>): Step
export function create(...given: [object] | [Kind, object]): Step {
  return { do: 'create', object: whole(given) }
}

/** Server-side apply as a user; objects as for `create`. */
export function apply(object: object): Step
export function apply<K extends Kind<never> | Kind>(kind: K, object: Made<K>): Step
export function apply(...given: [object] | [Kind, object]): Step {
  return { do: 'apply', object: whole(given) }
}

/** What may be written of a kind; its `apiVersion` and `kind` may be left out. */
type Made<K> = Omit<InputOf<K>, 'apiVersion' | 'kind'>

function whole(given: [object] | [Kind, object]): KubernetesObject {
  if (given.length === 1) return given[0] as KubernetesObject
  const [kind, object] = given
  return { apiVersion: apiVersion(kind), kind: kind.kind, ...(object as KubernetesObject) }
}

/** A JSON merge patch. `ref` is a name in the namespace `default`, `namespace/name`, or both by name. */
export const patch = <T extends WithMeta>(
  kind: Kind<T>,
  ref: RefText,
  body: object,
  subresource?: string,
): Step => ({
  do: 'patch',
  kind: bare(kind as Kind),
  ref: refOf(kind as Kind, ref),
  body,
  ...(subresource === undefined ? {} : { subresource }),
})

export const remove = <T extends WithMeta>(kind: Kind<T>, ref: RefText): Step => ({
  do: 'remove',
  kind: bare(kind as Kind),
  ref: refOf(kind as Kind, ref),
})

export const wait = (time: number | string): Step => ({ do: 'wait', time })

/** A kind without its schema: what addresses its objects. */
export const bare = ({ group, version, kind, plural, namespaced }: Kind): Kind => ({
  group,
  version,
  kind,
  plural,
  namespaced,
})

function refOf(kind: Kind, ref: RefText): Ref {
  if (typeof ref !== 'string') return ref
  const [first = '', second] = ref.split('/')
  if (!kind.namespaced) return { name: ref }
  return second === undefined
    ? { namespace: 'default', name: first }
    : { namespace: first, name: second }
}

export function stepWords(step: Step): string {
  switch (step.do) {
    case 'create':
    case 'apply': {
      const { kind = '', metadata } = step.object
      return `${step.do} ${kind} ${placeOf(metadata.namespace ?? 'default', metadata.name ?? '')}`
    }
    case 'patch': {
      const what = `${step.kind.kind} ${placeOf(step.ref.namespace, step.ref.name)}`
      return `patch ${what}${step.subresource ? ` (${step.subresource})` : ''} with ${JSON.stringify(step.body)}`
    }
    case 'remove':
      return `remove ${step.kind.kind} ${placeOf(step.ref.namespace, step.ref.name)}`
    case 'wait':
      return `wait ${typeof step.time === 'number' ? `${step.time} ms` : step.time}`
    default:
      return step satisfies never
  }
}

/** What a step needs of the world in which it is done. */
export interface Scene {
  cluster: Cluster
  /** The kinds that objects of steps may be of. */
  kinds: readonly Kind[]
  advance(time: number | string): Promise<void>
}

export async function perform(step: Step, scene: Scene): Promise<void> {
  const { cluster } = scene
  switch (step.do) {
    case 'create': {
      const kind = kindOf(step.object, scene)
      await cluster.create(kind, inNamespace(step.object, kind))
      return
    }
    case 'apply': {
      const kind = kindOf(step.object, scene)
      const object = inNamespace(step.object, kind)
      const { namespace, name = '' } = object.metadata
      const ref = namespace ? { namespace, name } : { name }
      const as = { type: 'apply', body: object, force: true } as const
      await cluster.patch(kind, ref, as, { fieldManager: 'user' })
      return
    }
    case 'patch': {
      const { kind, ref, body, subresource } = step
      const options = subresource === undefined ? {} : { subresource }
      await cluster.patch(kind, ref, { type: 'merge', body }, options)
      return
    }
    case 'remove':
      await cluster.remove(step.kind, step.ref)
      return
    case 'wait':
      await scene.advance(step.time)
      return
    default:
      step satisfies never
  }
}

function kindOf(object: KubernetesObject, { kinds }: Scene): Kind {
  const found = kinds.find(
    (kind) => kind.kind === object.kind && apiVersion(kind) === object.apiVersion,
  )
  if (found) return found
  const named = `${object.apiVersion ?? 'no apiVersion'} ${object.kind ?? 'no kind'}`
  throw new Error(
    `a step makes an object of ${named}, which the cluster does not serve: add it to \`kinds\``,
  )
}

const inNamespace = (object: KubernetesObject, kind: Kind): KubernetesObject =>
  kind.namespaced && !object.metadata.namespace
    ? { ...object, metadata: { ...object.metadata, namespace: 'default' } }
    : object
