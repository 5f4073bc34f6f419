/**
 * A controller as a value: declared inputs and one level-triggered function. Nothing runs here; a manager runs it.
 * What is not declared can be neither read nor written: `read(Kind)` of an undeclared kind does not compile.
 */

import type { Observable } from 'rxjs'
import type { KubernetesObject } from '../../api/object.ts'
import type { WithMeta } from './cluster.ts'
import type { Context } from './context.ts'
import { finalizerName } from './finalizer.ts'
import type { Input, Key, Mapper } from './inputs.ts'
import type { Kind } from './kind.ts'
import { cacheKey } from './projection.ts'
import type { Scope } from './reflector.ts'
import type { Answer, Result } from './result.ts'

export type * from './context.ts'
export type { Input, Key, Mapper, Read, Reader } from './inputs.ts'
export { anyKind, keyOf } from './inputs.ts'
export {
  type Answer,
  type Requeue,
  type Result,
  requeue,
  TerminalError,
  terminal,
} from './result.ts'

type Erased = Context<never, never>

/** A controller as it is declared: what it looks at, what it may write and what it runs. Made by `controller(Kind)`. */
export interface Controller {
  readonly name: string
  readonly primary: Kind
  readonly inputs: readonly Input[]
  readonly triggers: readonly Observable<Key>[]
  /** Keys that run at the same time; 1 to 64. */
  readonly concurrency: number
  /** Also run for keys whose object is gone (the object is then `undefined`). */
  readonly runsWhenGone: boolean
  /** Also run for objects that are being deleted. */
  readonly runsWhileDeleting: boolean
  /** What runs instead for an object that is being deleted, and the finalizer that holds the object back until then. */
  readonly finalizer?: {
    readonly name: string
    finalize(object: KubernetesObject, context: Erased): Promise<Result>
  }
  reconcile(object: KubernetesObject | undefined, context: Erased): Promise<Result>
}

/**
 * Begins a controller of `primary`.
 *
 *     export const siteController = controller(Site)
 *       .owns(Deployment)
 *       .reconcile(async (site, { apply, status }) => {
 *         const deployment = await apply(Deployment, deploymentOf(site))
 *         status({ ready: deployment.status?.readyReplicas ?? 0 })
 *       })
 */
export function controller<T extends WithMeta>(primary: Kind<T>): ControllerBuilder<T, T, T> {
  return new ControllerBuilder(primary, { name: primary.kind.toLowerCase() })
}

/**
 * The context of a controller that is being built, for functions of their own:
 *
 *     const site = controller(Site).owns(Deployment)
 *     async function roll(site: Site, { apply }: ContextOf<typeof site>) { ... }
 */
export type ContextOf<Builder> =
  Builder extends ControllerBuilder<infer T, infer Readable, infer Writable>
    ? Context<Readable, Writable, T>
    : never

interface Draft {
  name: string
  inputs?: Input[]
  triggers?: Observable<Key>[]
  concurrency?: number
  runsWhileDeleting?: boolean
  cleanup?: { finalizer?: string; finalize: Finalize }
}

type Finalize = NonNullable<Controller['finalizer']>['finalize']

/** A kind is read through one cache: of two parts nobody could say which one a reader has. */
function assertOneScope({ name, inputs = [] }: Draft, input: Input): void {
  if (input.role === 'writes') return
  const text = ({ scope = {} }: Input) =>
    JSON.stringify([scope.namespace, scope.labelSelector, scope.fieldSelector, scope.metadataOnly])
  const other = inputs.find(
    (one) =>
      one.role !== 'writes' &&
      cacheKey(one.kind) === cacheKey(input.kind) &&
      text(one) !== text(input),
  )
  if (other)
    throw new Error(
      `${name} declares ${input.kind.kind} with two scopes (.${other.role} and .${input.role}): give both the wider one`,
    )
}

/** Each method answers a new builder; `reconcile` ends with the controller. */
export class ControllerBuilder<T extends WithMeta, Readable, Writable> {
  readonly #primary: Kind<T>
  readonly #draft: Draft

  constructor(primary: Kind<T>, draft: Draft) {
    this.#primary = primary
    this.#draft = draft
  }

  /** How it is called in events, leases and metrics; the primary kind in lower case unless told. */
  named(name: string): ControllerBuilder<T, Readable, Writable> {
    return this.#with({ name })
  }

  /** Watches and may write objects whose controller is a primary object; a change runs the owner. */
  owns<O extends WithMeta>(
    kind: Kind<O>,
    scope?: Scope,
  ): ControllerBuilder<T, Readable | O, Writable | O> {
    if (this.#primary.namespaced && !kind.namespaced)
      throw new Error(
        `${this.#primary.kind} cannot own ${kind.kind}: what is in a namespace owns nothing outside of it. ` +
          'Declare it with .watches and .writes, and remove it in .finalize',
      )
    return this.#input({ role: 'owns', kind: kind as Kind, scope })
  }

  /** Watches objects of another kind; `map` says whom a change concerns. */
  watches<O extends WithMeta>(
    kind: Kind<O>,
    map: Mapper<O, Readable | O>,
    scope?: Scope,
  ): ControllerBuilder<T, Readable | O, Writable> {
    return this.#input({
      role: 'watches',
      kind: kind as Kind,
      map: map as unknown as Mapper<KubernetesObject>,
      scope,
    })
  }

  /** Makes a kind readable; its changes run nothing. */
  reads<O extends WithMeta>(
    kind: Kind<O>,
    scope?: Scope,
  ): ControllerBuilder<T, Readable | O, Writable> {
    return this.#input({ role: 'reads', kind: kind as Kind, scope })
  }

  /**
   * Makes a kind writable that is not owned; the primary and what it owns are anyway. A controller that makes or deletes
   * primary objects declares their kind here as well: the rights to that are asked for only then.
   *
   *     .writes(Node, { subresources: ['status'] })
   *
   * @param options.subresources those that are written as well, which takes rights of its own
   */
  writes<O extends WithMeta>(
    kind: Kind<O>,
    options: { subresources?: readonly string[] } = {},
  ): ControllerBuilder<T, Readable, Writable | O> {
    return this.#input({ role: 'writes', kind: kind as Kind, scope: undefined, ...options })
  }

  /** Runs keys that come from elsewhere. */
  trigger(keys: Observable<Key>): ControllerBuilder<T, Readable, Writable> {
    return this.#with({ triggers: [...(this.#draft.triggers ?? []), keys] })
  }

  /** How many keys may run at once; 4 unless told. One key never runs twice at once. */
  concurrency(count: number): ControllerBuilder<T, Readable, Writable> {
    if (!Number.isInteger(count) || count < 1 || count > 64)
      throw new Error(`${this.#draft.name} cannot run ${count} keys at once: .concurrency(1 to 64)`)
    return this.#with({ concurrency: count })
  }

  /**
   * Runs `reconcile` also for objects that are being deleted. Otherwise these are left to the garbage collector and to
   * `finalize`: who goes on making what the garbage collector takes away keeps the object from ever going.
   */
  whileDeleting(): ControllerBuilder<T, Readable, Writable> {
    return this.#with({ runsWhileDeleting: true })
  }

  /**
   * What must be done before an object may go: runs instead of `reconcile` when it is being deleted, until it ends with
   * nothing. A finalizer keeps the object until then; `reconcile` runs only when that is stored. Called again after every
   * failure and every crash, so it must bear being repeated. An object that never had the finalizer is left alone.
   *
   *     .finalize(async (site, { read, remove }) => {
   *       for (const pod of podsOf(site)) await remove(Pod, pod, { because: isGoing })
   *       if (podsOf(site).length > 0) return requeue.after('5s')
   *     })
   *
   * @param options.finalizer `GROUP/NAME` of the kind and the controller unless told; must be told for the core group
   */
  finalize(
    finalize: (object: T, context: Context<Readable, Writable, T>) => Answer,
    options: { finalizer?: string } = {},
  ): ControllerBuilder<T, Readable, Writable> {
    return this.#with({ cleanup: { ...options, finalize: finalize as unknown as Finalize } })
  }

  /** The function that makes the world as the object says. Absent objects never reach it. */
  reconcile(run: (object: T, context: Context<Readable, Writable, T>) => Answer): Controller {
    return this.#build(false, run as unknown as Controller['reconcile'])
  }

  /** The same, also run for objects that are being deleted and for keys whose object is gone. */
  reconcileKey(
    run: (object: T | undefined, context: Context<Readable, Writable, T>) => Answer,
  ): Controller {
    return this.#build(true, run as unknown as Controller['reconcile'])
  }

  #input({ scope, ...input }: Input & { scope: Scope | undefined }) {
    const scoped = (scope ? { ...input, scope } : input) as Input
    assertOneScope(this.#draft, scoped)
    return this.#with({ inputs: [...(this.#draft.inputs ?? []), scoped] })
  }

  // The readable and the writable kinds are known to the compiler alone.
  // biome-ignore lint/suspicious/noExplicitAny: each caller narrows it by its own return type
  #with(change: Partial<Draft>): ControllerBuilder<T, any, any> {
    return new ControllerBuilder(this.#primary, { ...this.#draft, ...change })
  }

  #build(runsWhenGone: boolean, reconcile: Controller['reconcile']): Controller {
    const {
      name,
      inputs = [],
      triggers = [],
      concurrency = 4,
      runsWhileDeleting = false,
      cleanup,
    } = this.#draft
    const finalizer = cleanup && {
      name: cleanup.finalizer ?? finalizerName(this.#primary as Kind, name),
      finalize: cleanup.finalize,
    }
    return {
      name,
      primary: this.#primary as Kind,
      inputs,
      triggers,
      concurrency,
      runsWhenGone,
      runsWhileDeleting: runsWhileDeleting || runsWhenGone,
      ...(finalizer ? { finalizer } : {}),
      reconcile,
    }
  }
}
