/**
 * Objects as other versions of their kind show them, for the length of one request. Most kinds convert at once; where a
 * webhook must be asked, whoever needs the object is interrupted, waited for here, and begins again with the answer at
 * hand, so that what works out ownership need not know of waiting.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import { apiVersionOf, type Resource } from '../resources/resource.ts'

/** Thrown where an object is not known yet. */
class Unknown extends Error {
  readonly asked: Promise<void>

  constructor(asked: Promise<void>) {
    super('a conversion must be waited for')
    this.asked = asked
  }
}

/** More than any object has versions, twice over. */
const mostAsked = 64

export class Conversions {
  readonly #known = new Map<string, KubernetesObject>()
  #failure: { error: unknown } | undefined

  /** `undefined` once a webhook has failed, whatever the object. */
  convert(object: KubernetesObject, from: Resource, to: Resource): KubernetesObject | undefined {
    if (this.#failure) return undefined
    const key = this.#known.size > 0 ? keyOf(object, from, to) : undefined
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known) return known
    const shown = shownIn(object, from, to)
    if (!(shown instanceof Promise)) return shown
    throw new Unknown(this.#ask(keyOf(object, from, to), shown))
  }

  async #ask(key: string, shown: Promise<KubernetesObject>): Promise<void> {
    try {
      this.#known.set(key, await shown)
    } catch (error) {
      this.#failure = { error }
    }
  }

  /** @throws what a webhook failed with */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Does the work, from the beginning after each conversion that it had to wait for. */
  async during<T>(work: () => T): Promise<T> {
    for (let asked = 0; ; asked++)
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Unknown) || asked >= mostAsked) throw error
        await error.asked
      }
  }
}

const keyOf = (object: KubernetesObject, from: Resource, to: Resource): string =>
  `${apiVersionOf(from)} ${apiVersionOf(to)} ${JSON.stringify(object)}`

type Later<T> = T | Promise<T>

/** By way of the version that is stored. */
function shownIn(object: KubernetesObject, from: Resource, to: Resource): Later<KubernetesObject> {
  const stored = from.storage ? from.storage.write(cloneJson(object)) : object
  return stored instanceof Promise ? stored.then((one) => readIn(one, to)) : readIn(stored, to)
}

function readIn(stored: KubernetesObject, { storage }: Resource): Later<KubernetesObject> {
  const shown = storage ? storage.read([stored]) : [stored]
  const first = ([one = stored]: readonly KubernetesObject[]) => one
  return shown instanceof Promise ? shown.then(first) : first(shown)
}
