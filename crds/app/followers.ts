/** Whom a push concerns: the apps by the image they follow, as their last runs said. Each run of an app renews its entry. */

import type { Key } from '../../controllers/framework/index.ts'
import { ImageReferenceError, parseReference } from './registry/reference.ts'

/** What a registry says when somebody has put a manifest under a tag. */
export interface Push {
  repository: string
  tag: string
  /** What the tag is going to name. */
  digest: string
}

interface Follower {
  readonly key: Key
  readonly repository: string
  readonly tag: string
  /** What was announced and not seen yet. */
  announced?: { digest: string; looks: number }
}

/** How often a registry is asked for what it has announced. */
const mostLooks = 10

export class Followers {
  readonly #followers = new Map<string, Follower>()

  /** @param image `undefined` when the app is gone */
  note(key: Key, image: string | undefined): void {
    const reference = image === undefined ? undefined : referenceIn(image)
    const known = this.#followers.get(idOf(key))
    if (reference?.tag === undefined) this.#followers.delete(idOf(key))
    else if (known?.repository !== reference.repository || known.tag !== reference.tag)
      this.#followers.set(idOf(key), { key, repository: reference.repository, tag: reference.tag })
  }

  /**
   * Whom it concerns. A registry goes by many names, so its own is not looked at: who asks in vain has asked a few times.
   */
  concerned({ repository, tag, digest }: Push): Key[] {
    const concerned = [...this.#followers.values()].filter(
      (follower) => follower.repository === repository && follower.tag === tag,
    )
    for (const follower of concerned) follower.announced = { digest, looks: 0 }
    return concerned.map(({ key }) => key)
  }

  /** Whether to ask again soon: registries tell of a push a moment before they move the tag. */
  waits(key: Key, digest: string | undefined): boolean {
    const follower = this.#followers.get(idOf(key))
    if (!follower?.announced) return false
    const { announced } = follower
    announced.looks++
    const waits = announced.digest !== digest && announced.looks < mostLooks
    if (!waits) delete follower.announced
    return waits
  }
}

const idOf = ({ namespace, name }: Key) => `${namespace}/${name}`

function referenceIn(image: string) {
  try {
    return parseReference(image)
  } catch (error) {
    // Its own run says so.
    if (error instanceof ImageReferenceError) return undefined
    throw error
  }
}
