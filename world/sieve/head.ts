/**
 * The objects of a cluster as they stood after one write of a log. Oracles look at every moment of a run this way,
 * after the run; nothing here asks a server.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { type Kind, kindKey, type Ref, type WithMeta } from '../../controllers/framework/index.ts'
import type { LogEntry } from '../log.ts'

/** `namespace/name`, or `name`, which is one of the namespace `default` where the kind has namespaces. */
export type RefText = Ref | string

export const placeOf = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name

const textOf = (kind: Kind, ref: RefText): string => {
  if (typeof ref !== 'string') return placeOf(kind.namespaced ? ref.namespace : '', ref.name)
  return kind.namespaced && !ref.includes('/') ? placeOf('default', ref) : ref
}

/** The object that an entry is about, as it was last. */
export const subjectOf = ({ before, after }: LogEntry): KubernetesObject => (after ?? before)!

export class Head {
  readonly #kinds = new Map<string, Map<string, KubernetesObject>>()
  /** The write after which it stands so; none before the first. */
  entry: LogEntry | undefined

  /** Takes one more write in. */
  step(entry: LogEntry): void {
    const key = kindKey(entry.kind)
    const objects = this.#kinds.get(key) ?? new Map<string, KubernetesObject>()
    this.#kinds.set(key, objects)
    const { namespace, name = '' } = subjectOf(entry).metadata
    if (entry.type === 'deleted') objects.delete(placeOf(namespace, name))
    else objects.set(placeOf(namespace, name), entry.after!)
    this.entry = entry
  }

  get<T extends WithMeta>(kind: Kind<T>, ref: RefText): T | undefined {
    const objects = this.#kinds.get(kindKey(kind as Kind))
    return objects?.get(textOf(kind as Kind, ref)) as T | undefined
  }

  list<T extends WithMeta>(kind: Kind<T>, namespace?: string): T[] {
    const all = [...(this.#kinds.get(kindKey(kind as Kind))?.values() ?? [])]
    const inside = namespace === undefined ? all : all.filter((o) => inNamespace(o, namespace))
    return inside as unknown as T[]
  }

  /** Every object of every kind. */
  *all(): Iterable<KubernetesObject> {
    for (const objects of this.#kinds.values()) yield* objects.values()
  }
}

const inNamespace = ({ metadata }: KubernetesObject, namespace: string): boolean =>
  metadata.namespace === namespace

/** The objects after the last of `log`. */
export function headOf(log: readonly LogEntry[]): Head {
  const head = new Head()
  for (const entry of log) head.step(entry)
  return head
}
