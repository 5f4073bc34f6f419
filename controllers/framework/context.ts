/** What one run of a controller is handed: reads of what it declared, writes to what it declared, and the ports. */

import type { KubernetesObject } from '../../api/object.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { Applied, AppliedObject } from './applied.ts'
import type { Patch, Ref, RemoveOptions, WithMeta, WriteOptions } from './cluster.ts'
import type { Key, Reader } from './inputs.ts'
import type { Kind } from './kind.ts'

/** What an Event says. */
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

/** The type of an object's status; `never` where a kind has none. */
export type StatusOf<T> = [T] extends [never]
  ? never
  : 'status' extends keyof T
    ? NonNullable<T['status']>
    : never

/** The condition types that an object's status may have. */
export type ConditionTypeOf<T> =
  StatusOf<T> extends { conditions?: infer Conditions }
    ? NonNullable<Conditions> extends readonly { type: infer Type extends string }[]
      ? Type
      : string
    : string

/**
 * Says what the primary object's status is. Several calls add up, the last word on a field counts. All of it is sent in
 * one server-side apply of `/status` when the run ends, by itself or by throwing, and only if it would change anything.
 * A run that says anything says all of it: what an earlier run had said and this one leaves out is given up, unless
 * this one threw. A run that never speaks leaves the status alone. It is refused with Conflict, and the key run again,
 * when the object is no longer the one that the run saw: no old view writes over what a newer one has concluded.
 *
 * `status.observedGeneration` is set as well where the schema of a defined kind has it.
 */
export interface StatusWords<Status, ConditionType extends string> {
  (fields: Applied<Status>): void
  /**
   * Sets one condition; `lastTransitionTime` stays while `holds` is what it was, `observedGeneration` is the object's.
   *
   *     status.condition('Ready', ready === wanted, 'Rollout', `${ready} of ${wanted} are ready`)
   *
   * @param holds `True`, `False` or `Unknown`
   * @param reason UpperCamelCase, for machines
   */
  condition(type: ConditionType, holds: boolean | 'Unknown', reason: string, message?: string): void
}

/** `status` of a run: what may be said follows from the primary kind's schema. */
export type StatusWriter<Primary> = StatusWords<StatusOf<Primary>, ConditionTypeOf<Primary>>

/** How to apply. */
export interface ApplyOptions {
  /** Takes fields from other managers that want another value (true); refused with Conflict otherwise. */
  force?: boolean
}

/** `because` is asked about the primary object as it is now, `undefined` when it is gone. */
export interface Removal<Primary> extends RemoveOptions {
  because(primary: ([Primary] extends [never] ? KubernetesObject : Primary) | undefined): boolean
}

declare const allows: unique symbol

/**
 * What one run may use. All writes go to the cluster at once and reject with `ApiError`; the key is not run again until
 * the informers of the written kinds have seen what it wrote. `Readable` and `Writable` are the declared kinds' object
 * types: what was not declared does not compile. `ContextOf` names the context of a controller that is being built.
 */
export interface Context<Readable, Writable = Readable, Primary = never> {
  /** Keeps the compiler from taking a context that allows less for one that allows more; never there at run time. */
  readonly [allows]?: (readable: Readable, writable: Writable) => void
  readonly key: Key
  /** Aborts when the manager stops or loses its lease, or the run takes too long; writes then reject. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
  readonly status: StatusWriter<Primary>
  /** What the informer of a declared kind knows; needs `.owns`, `.watches` or `.reads`. */
  readonly read: <T extends Readable & WithMeta>(kind: Kind<T>) => Reader<T>
  /** A live read, past every cache; for decisions that cannot be taken back. */
  readonly live: <T extends (Readable | Writable) & WithMeta>(
    kind: Kind<T>,
    ref: Ref,
  ) => Promise<T | undefined>
  /**
   * Makes the object so, or makes it: server-side apply, the one way to create or change without having looked.
   * `apiVersion`, `kind` and the primary's namespace are filled in; for a kind it `owns` so is the reference to the
   * primary as the controller. Say all you want of the object each time: what you leave out next time is given up. Not sent when
   * it provably changes nothing, so it may be called in every run.
   *
   *     const deployment = await apply(Deployment, {
   *       metadata: { name: site.metadata.name },
   *       spec: { replicas: site.spec.replicas },
   *     })
   */
  readonly apply: <T extends Writable & WithMeta>(
    kind: Kind<T>,
    wanted: AppliedObject<NoInfer<T>>,
    options?: ApplyOptions,
  ) => Promise<T>
  readonly create: <T extends Writable & WithMeta>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ) => Promise<T>
  readonly update: <T extends Writable & WithMeta>(
    kind: Kind<T>,
    object: T,
    options?: WriteOptions,
  ) => Promise<T>
  readonly patch: <T extends Writable & WithMeta>(
    kind: Kind<T>,
    ref: Ref,
    patch: Patch,
    options?: WriteOptions,
  ) => Promise<T>
  /**
   * Deletes `object` if it is still the one that was seen (uid precondition) and `because`, asked once more on a live
   * read of the primary object (absent: `undefined`), still holds. A primary that was replaced by another of its name
   * justifies nothing. Returns whether it was deleted; gone already counts.
   *
   *     await remove(Pod, pod, { because: (site) => site !== undefined && site.spec.replicas < 3 })
   */
  readonly remove: <T extends Writable & WithMeta>(
    kind: Kind<T>,
    object: T,
    options: Removal<Primary>,
  ) => Promise<boolean>
  /** Records an Event about `about`; never rejects, similar events are counted together. */
  event(about: WithMeta, event: EventText): void
}
