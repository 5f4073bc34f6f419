/**
 * Kinds that are questions: posted, answered at once, never stored. Who answers them checks them as well, since it
 * alone knows who asks.
 */

import type { GroupVersionKind } from '../../api/object.ts'
import type { Resource } from './resource.ts'

export interface Review extends GroupVersionKind {
  /** The name of its definition in the schema facts. */
  schema: string
  namespaced?: boolean
}

export function defineReview({ kind, namespaced = false, ...review }: Review): Resource {
  const singular = kind.toLowerCase()
  return {
    ...review,
    kind,
    plural: `${singular}s`,
    singular,
    namespaced,
    virtual: true,
    verbs: ['create'],
    strategy: { generation: false },
    subresources: [],
    columns: [],
  }
}
