/**
 * Looks over the shoulder of controllers: what they give as reasons for removals, whether two runs of one key overlap,
 * and when a clean-up has ended. It changes nothing of what they do.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Controller, Kind, WithMeta } from '../../controllers/framework/index.ts'
import { placeOf } from './head.ts'

type Key = { namespace: string; name: string }
type ErasedContext = Parameters<Controller['reconcile']>[1]
type Because = (primary: KubernetesObject | undefined) => boolean

/** A removal, as it was asked for. */
export interface Removal {
  controller: string
  primary: Kind
  key: Key
  /** Of the object that was to be removed. */
  uid: string | undefined
  because: Because
}

export interface Notes {
  removals: Removal[]
  /** Keys that ran twice at once: `site default/a`. */
  overlaps: string[]
  /** `site UID`: controllers with the objects that they have cleaned up after. */
  cleaned: Set<string>
  /** Controllers by the finalizer that stands for their clean-up. */
  finalizers: Map<string, string>
  /** Runs of reconcile and finalize. */
  reconciles: number
}

export class Witness {
  readonly notes: Notes = {
    removals: [],
    overlaps: [],
    cleaned: new Set(),
    finalizers: new Map(),
    reconciles: 0,
  }
  /** The same controllers, looked over the shoulder; called at each start of a process. */
  of(controllers: readonly Controller[]): Controller[] {
    const running = new Set<string>()
    return controllers.map((controller) => this.#watched(controller, running))
  }

  #watched(controller: Controller, running: Set<string>): Controller {
    const { name, finalizer } = controller
    if (finalizer) this.notes.finalizers.set(finalizer.name, name)
    return {
      ...controller,
      reconcile: (object, context) =>
        this.#run(running, name, context.key, () =>
          controller.reconcile(object, this.#attentive(controller, context)),
        ),
      ...(finalizer && {
        finalizer: {
          name: finalizer.name,
          finalize: (object, context) =>
            this.#run(running, name, context.key, async () => {
              const result = await finalizer.finalize(object, this.#attentive(controller, context))
              if (result === undefined) this.notes.cleaned.add(`${name} ${object.metadata.uid}`)
              return result
            }),
        },
      }),
    }
  }

  async #run<Answer>(
    running: Set<string>,
    name: string,
    key: Key,
    run: () => Promise<Answer>,
  ): Promise<Answer> {
    const id = `${name} ${placeOf(key.namespace, key.name)}`
    if (running.has(id)) this.notes.overlaps.push(id)
    running.add(id)
    this.notes.reconciles++
    try {
      return await run()
    } finally {
      running.delete(id)
    }
  }

  /** The context, with a `remove` that takes down the reason. */
  #attentive({ name, primary }: Controller, context: ErasedContext): ErasedContext {
    const plain = context as unknown as {
      key: Key
      remove(kind: Kind, object: WithMeta, options: { because: Because }): Promise<boolean>
    }
    const remove: (typeof plain)['remove'] = (kind, object, options) => {
      const { uid } = object.metadata
      const { because } = options
      this.notes.removals.push({ controller: name, primary, key: plain.key, uid, because })
      return plain.remove(kind, object, options)
    }
    return new Proxy(context, {
      get: (target, property) =>
        property === 'remove' ? remove : Reflect.get(target, property, target),
    })
  }
}
