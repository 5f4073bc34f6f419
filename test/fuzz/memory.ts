/**
 * What answers have taught: objects that were taken, versions there are, tokens of pages. A request that is bent from
 * what the server itself has said goes further than one that is made up.
 */

import type { Chance } from './chance.ts'
import { isObject } from './json.ts'

const most = 8

export class Memory {
  readonly #chance: Chance
  readonly #objects = new Map<string, Record<string, unknown>[]>()
  readonly #versions: string[] = []
  readonly #tokens: string[] = []

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** @param collection the path with its placeholders, which stands for the kind */
  learn(collection: string, answer: unknown): void {
    if (!isObject(answer) || answer.kind === 'Status' || answer.kind === 'Table') return
    const metadata = isObject(answer.metadata) ? answer.metadata : {}
    this.#keep(this.#versions, metadata.resourceVersion)
    this.#keep(this.#tokens, metadata.continue)
    const found = Array.isArray(answer.items) ? answer.items.slice(0, 2) : [answer]
    const objects = this.#objects.get(collection) ?? []
    for (const object of found) if (isObject(object)) this.#keep(objects, object)
    this.#objects.set(collection, objects)
  }

  /** A copy of an object that was there. */
  object(collection: string): Record<string, unknown> | undefined {
    const objects = this.#objects.get(collection) ?? []
    return objects.length === 0 ? undefined : structuredClone(this.#chance.pick(objects))
  }

  version(): string {
    return this.#versions.length === 0 ? '1' : this.#chance.pick(this.#versions)
  }

  token(): string {
    return this.#tokens.length === 0 ? 'x' : this.#chance.pick(this.#tokens)
  }

  /** The newest among a few older ones. */
  #keep<T>(list: T[], item: unknown): void {
    if (item === undefined || item === '') return
    if (list.length < most) list.push(item as T)
    else list[this.#chance.below(most)] = item as T
  }
}
