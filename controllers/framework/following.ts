/** Follows the inputs of one controller: says which keys their changes concern, and reads what is known of them. */

import type { Subscription } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import type { Cause } from './causes.ts'
import type { WithMeta } from './cluster.ts'
import type { Controller } from './controller.ts'
import type { Informer, Informers } from './informer.ts'
import { type Input, type Key, keyOf, type Reader } from './inputs.ts'
import { type Kind, kindKey } from './kind.ts'
import { cacheKey } from './projection.ts'
import type { Scope } from './reflector.ts'
import type { Change } from './store.ts'

type Watched = Extract<Input, { role: 'owns' | 'watches' }>
type Role = 'primary' | Watched['role']

export interface FollowingOptions {
  controller: Controller
  informers: Informers
  /** @param initial nothing has happened to it, it was there already */
  changed(key: Key, cause: Cause, initial: boolean): void
  /** Comes before `changed`, for the primary objects themselves. */
  primaryChanged(key: Key, change: Change<KubernetesObject>): void
  /** A mapper or a trigger has failed. */
  failed(key: Key, error: unknown): void
}

export const undeclared = ({ name }: Controller, { kind }: Kind): string =>
  `${name} reads ${kind}, which is not among its inputs: declare it with .owns, .watches or .reads`

export class Following {
  readonly #options: FollowingOptions
  readonly #informers = new Map<string, Informer<WithMeta>>()
  readonly #subscriptions: Subscription[] = []

  constructor(options: FollowingOptions) {
    this.#options = options
  }

  /** Begins to follow; resolves when all inputs have been listed once. */
  async start(signal: AbortSignal): Promise<void> {
    const { controller } = this.#options
    for (const input of controller.inputs)
      if (input.role !== 'writes')
        this.#follow(input.kind, input.scope, (change) => this.#inputChanged(input, change))
    this.#follow(controller.primary, undefined, (change) => this.#primaryChanged(change))
    for (const trigger of controller.triggers)
      this.#subscriptions.push(
        trigger.subscribe({
          next: (key) => this.#options.changed(key, { role: 'trigger' }, false),
          error: (error: unknown) => this.#options.failed({ namespace: '', name: '' }, error),
        }),
      )
    await Promise.all([...this.#informers.values()].map((informer) => informer.whenSynced(signal)))
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }

  /** Through which the controller sees `kind`, if only in part; `undefined` when it does not look at it. */
  informer(kind: Kind): Informer<WithMeta> | undefined {
    const whole = this.#informers.get(cacheKey(kind))
    if (whole) return whole
    const key = kindKey(kind)
    for (const informer of this.#informers.values())
      if (kindKey(informer.kind as Kind) === key) return informer
    return undefined
  }

  reader<T extends WithMeta>(kind: Kind<T>): Reader<T> {
    const informer = this.#informers.get(cacheKey(kind as Kind))
    if (!informer) throw new Error(undeclared(this.#options.controller, kind as Kind))
    return informer.reader as unknown as Reader<T>
  }

  get primaries(): Reader<KubernetesObject> {
    return this.reader(this.#options.controller.primary)
  }

  /** Whether a change of `object` would run `key`. */
  concerns(kind: Kind, object: KubernetesObject, key: Key): boolean {
    const { primary, inputs } = this.#options.controller
    const same = (other: Key) => other.namespace === key.namespace && other.name === key.name
    if (kindKey(primary) === kindKey(kind) && same(keyOf(object))) return true
    return inputs.some(
      (input) =>
        (input.role === 'owns' || input.role === 'watches') &&
        kindKey(input.kind) === kindKey(kind) &&
        this.#keysFor(input, object).some(same),
    )
  }

  #follow(
    kind: Kind,
    scope: Scope | undefined,
    changed: (change: Change<KubernetesObject>) => void,
  ): void {
    const informer = this.#options.informers.of(kind, scope)
    this.#informers.set(cacheKey(kind), informer as unknown as Informer<WithMeta>)
    this.#subscriptions.push(informer.changes$.subscribe(changed))
  }

  #primaryChanged(change: Change<KubernetesObject>): void {
    const { controller } = this.#options
    const key = keyOf(change.object)
    this.#options.primaryChanged(key, change)
    if (change.type === 'deleted' && !controller.runsWhenGone) return
    this.#options.changed(key, causeOf('primary', controller.primary, change), isInitial(change))
  }

  #inputChanged(input: Input, change: Change<KubernetesObject>): void {
    if (input.role === 'reads' || input.role === 'writes') return
    const objects = change.type === 'updated' ? [change.previous, change.object] : [change.object]
    const cause = causeOf(input.role, input.kind, change)
    for (const object of objects)
      for (const key of this.#keysFor(input, object))
        this.#options.changed(key, cause, isInitial(change))
  }

  #keysFor(input: Watched, object: KubernetesObject): Key[] {
    if (input.role === 'owns') return ownerKeys(this.#options.controller.primary, object)
    try {
      const keys: unknown = input.map(object, (kind) => this.reader(kind))
      if (Array.isArray(keys)) return keys
      const { name } = this.#options.controller
      throw new Error(
        `${name} watches ${input.kind.kind} with a mapper that answered ${String(keys)}: answer a list of keys`,
      )
    } catch (error) {
      this.#options.failed(keyOf(object), error)
      return []
    }
  }
}

const isInitial = (change: Change<KubernetesObject>): boolean =>
  change.type === 'added' && change.initial

function causeOf(
  role: Role,
  { kind, group, plural }: Kind,
  { type, object }: Change<KubernetesObject>,
): Cause {
  const { namespace, name = '', resourceVersion } = object.metadata
  return {
    role,
    change: type,
    kind,
    group,
    plural,
    ...(namespace ? { namespace } : {}),
    name,
    ...(resourceVersion ? { resourceVersion } : {}),
  }
}

function ownerKeys(primary: Kind, { metadata }: WithMeta): Key[] {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller)
  if (!owner || owner.kind !== primary.kind) return []
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : ''
  if (group !== primary.group) return []
  return [{ namespace: primary.namespaced ? (metadata.namespace ?? '') : '', name: owner.name }]
}
