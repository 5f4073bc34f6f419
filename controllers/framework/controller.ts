/**
 * A controller as a value: declared inputs and one level-triggered function. Nothing runs here; a manager runs it.
 * What is not declared cannot be read: `read(Kind)` of an undeclared kind does not compile.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import type { Selector } from '../../api/selector.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Patch, Ref, RemoveOptions, WithMeta, WriteOptions } from './cluster.ts'
import type { Kind } from './kind.ts'
import type { Scope } from './reflector.ts'

/** The key of one object of the controller's primary kind; `namespace` is empty for cluster-scoped kinds. */
export interface Key {
  namespace: string
  name: string
}

/** Run this key again after so many milliseconds, whatever happens meanwhile. Nothing: only when an input changes. */
export type Result = undefined | { requeueAfter: number }

/** What an informer knows of one kind, at one moment. Objects are shared: they must not be changed. */
export interface Reader<T> {
  get(namespace: string, name: string): T | undefined
  /** All namespaces without `namespace`. */
  list(options?: { namespace?: string; selector?: Selector }): T[]
  /** Objects whose controller owner reference (or any, with `any`) has this uid. Served from an index. */
  ownedBy(uid: string, options?: { any?: boolean }): T[]
}

export interface EventText {
  type: 'Normal' | 'Warning'
  /** UpperCamelCase, for machines. */
  reason: string
  message: string
  /** What was done, UpperCamelCase; the reason unless told. */
  action?: string
  /** Which part of the object it is about: `spec.containers{main}`. */
  fieldPath?: string
}

/**
 * What one run may use. All writes go to the cluster at once and reject with `ApiError`; the key is not run again until
 * the informers of the written kinds have seen what it wrote.
 */
export interface Context<Readable> {
  readonly key: Key
  /** Aborts when the manager stops or loses its lease; writes then reject. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
  read<T extends Readable & WithMeta>(kind: Kind<T>): Reader<T>
  /** A live read, past every cache; for decisions that cannot be taken back. */
  live<T extends WithMeta>(kind: Kind<T>, ref: Ref): Promise<T | undefined>
  create<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  update<T extends WithMeta>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>
  /**
   * Deletes `object` if it is still the one that was seen (uid precondition) and `because`, asked once more on a live
   * read of the primary object (absent: `undefined`), still holds. Returns whether it was deleted; gone already counts.
   */
  remove<T extends WithMeta>(
    kind: Kind<T>,
    object: T,
    options: RemoveOptions & { because(primary: KubernetesObject | undefined): boolean },
  ): Promise<boolean>
  /** Records an Event about `about`; never rejects, similar events are counted together. */
  event(about: KubernetesObject, event: EventText): void
}

/** What informers know, kind by kind; as in `Context`. */
export type Read<Readable> = <T extends Readable & WithMeta>(kind: Kind<T>) => Reader<T>

/**
 * Which keys of the primary kind an object of another kind concerns; applied to the old and the new object. It writes
 * nothing and waits for nothing, but may look things up (`read`) among the kinds declared before it: whose selector
 * matches a pod, who owns its owner.
 */
export type Mapper<T, Readable = KubernetesObject> = (object: T, read: Read<Readable>) => Key[]

/** `scope`: which objects of the kind are looked at; one scope a kind in one controller. */
export type Input =
  | { role: 'owns'; kind: Kind; scope?: Scope }
  | { role: 'watches'; kind: Kind; map: Mapper<KubernetesObject>; scope?: Scope }
  | { role: 'reads'; kind: Kind; scope?: Scope }

export interface Controller {
  readonly name: string
  readonly primary: Kind
  readonly inputs: readonly Input[]
  readonly triggers: readonly Observable<Key>[]
  /** Keys that run at the same time; 1 to 64. */
  readonly concurrency: number
  /** Also run for keys whose object is gone (the object is then `undefined`). */
  readonly runsWhenGone: boolean
  reconcile(object: KubernetesObject | undefined, context: Context<never>): Promise<Result>
}

/** What a reconcile throws to stop retrying until the object's generation changes. */
export class TerminalError extends Error {
  override name = 'TerminalError'
}

/**
 * Begins a controller of `primary`.
 *
 *     export const replicaSetController = controller(ReplicaSet)
 *       .owns(Pod)
 *       .reconcile(async (replicaSet, { read, create }) => { ... })
 */
export function controller<T extends WithMeta>(primary: Kind<T>): ControllerBuilder<T, T> {
  return new ControllerBuilder(primary, { name: primary.kind.toLowerCase() })
}

interface Draft {
  name: string
  inputs?: Input[]
  triggers?: Observable<Key>[]
  concurrency?: number
}

export class ControllerBuilder<T extends WithMeta, Readable> {
  readonly #primary: Kind<T>
  readonly #draft: Draft

  constructor(primary: Kind<T>, draft: Draft) {
    this.#primary = primary
    this.#draft = draft
  }

  /** How it is called in events, leases and metrics; the primary kind in lower case unless told. */
  named(name: string): ControllerBuilder<T, Readable> {
    return this.#with({ name })
  }

  /** Watches objects whose controller is a primary object; a change runs the owner. */
  owns<O extends WithMeta>(kind: Kind<O>, scope?: Scope): ControllerBuilder<T, Readable | O> {
    return this.#input({ role: 'owns', kind: kind as Kind, scope })
  }

  /** Watches objects of another kind; `map` says whom a change concerns. */
  watches<O extends WithMeta>(
    kind: Kind<O>,
    map: Mapper<O, Readable | O>,
    scope?: Scope,
  ): ControllerBuilder<T, Readable | O> {
    return this.#input({
      role: 'watches',
      kind: kind as Kind,
      map: map as unknown as Mapper<KubernetesObject>,
      scope,
    })
  }

  /** Makes a kind readable; its changes run nothing. */
  reads<O extends WithMeta>(kind: Kind<O>, scope?: Scope): ControllerBuilder<T, Readable | O> {
    return this.#input({ role: 'reads', kind: kind as Kind, scope })
  }

  /** Runs keys that come from elsewhere. */
  trigger(keys: Observable<Key>): ControllerBuilder<T, Readable> {
    return this.#with({ triggers: [...(this.#draft.triggers ?? []), keys] })
  }

  /** How many keys may run at once; 4 unless told. One key never runs twice at once. */
  concurrency(count: number): ControllerBuilder<T, Readable> {
    return this.#with({ concurrency: count })
  }

  /** The function that makes the world as the object says. Absent objects never reach it. */
  reconcile(run: (object: T, context: Context<Readable>) => Promise<Result>): Controller {
    return this.#build(false, (object, context) => run(object as T, context))
  }

  /** The same, also run for keys whose object is gone. */
  reconcileKey(
    run: (object: T | undefined, context: Context<Readable>) => Promise<Result>,
  ): Controller {
    return this.#build(true, run)
  }

  #input({ scope, ...input }: Input & { scope: Scope | undefined }) {
    const scoped: Input = scope ? { ...input, scope } : input
    return this.#with({ inputs: [...(this.#draft.inputs ?? []), scoped] })
  }

  // The readable kinds are known to the compiler alone.
  // biome-ignore lint/suspicious/noExplicitAny: each caller narrows it by its own return type
  #with(change: Partial<Draft>): ControllerBuilder<T, any> {
    return new ControllerBuilder(this.#primary, { ...this.#draft, ...change })
  }

  #build(
    runsWhenGone: boolean,
    run: (object: T | undefined, context: Context<Readable>) => Promise<Result>,
  ): Controller {
    const { name, inputs = [], triggers = [], concurrency = 4 } = this.#draft
    return {
      name,
      primary: this.#primary as Kind,
      inputs,
      triggers,
      concurrency,
      runsWhenGone,
      reconcile: (object, context) =>
        run(object as T | undefined, context as unknown as Context<Readable>),
    }
  }
}
