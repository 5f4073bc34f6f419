/** Whom a push concerns: the apps by the image they follow, as their last runs said. Each run of an app renews its entry. */

import type { Key } from '../../controllers/framework/index.ts'
import { ImageReferenceError, parseReference } from './registry/reference.ts'

/** What a registry says when somebody has put a manifest under a tag. */
export interface Push {
  repository: string
  tag: string
}

export class Followers {
  readonly #images = new Map<string, { key: Key; repository: string; tag: string }>()

  /** @param image `undefined` when the app is gone */
  note(key: Key, image: string | undefined): void {
    const id = `${key.namespace}/${key.name}`
    const reference = image === undefined ? undefined : referenceIn(image)
    if (reference?.tag === undefined) this.#images.delete(id)
    else this.#images.set(id, { key, repository: reference.repository, tag: reference.tag })
  }

  /** A registry goes by many names, so its own name is not looked at: who asks in vain has asked once. */
  of(push: Push): Key[] {
    return [...this.#images.values()]
      .filter(({ repository, tag }) => repository === push.repository && tag === push.tag)
      .map(({ key }) => key)
  }
}

function referenceIn(image: string) {
  try {
    return parseReference(image)
  } catch (error) {
    // Its own run says so.
    if (error instanceof ImageReferenceError) return undefined
    throw error
  }
}
