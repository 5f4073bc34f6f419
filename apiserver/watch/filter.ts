/** What a list or a watch selects, made ready to be asked many times. */

import type { Selector } from '../../api/selector.ts'
import type { ChangeType } from './cached-object.ts'
import type { Change } from './event-ring.ts'
import type { Version } from './version.ts'

export interface Selection {
  /** All namespaces without it. */
  namespace?: string
  labels?: Selector
  fields?: Selector
}

const everything: Selector = []

/** The value that a selector demands of a field, if it demands exactly one. */
export function demanded(fields: Selector | undefined, field: string): string | undefined {
  const requirement = fields?.find(({ key, operator }) => key === field && operator === '=')
  return requirement?.values[0]
}

export class Filter {
  readonly namespace: string | undefined
  readonly #labels: Selector
  readonly #fields: Selector
  readonly selective: boolean

  constructor({ namespace, labels = everything, fields = everything }: Selection) {
    this.namespace = namespace === '' ? undefined : namespace
    this.#labels = labels
    this.#fields = fields
    this.selective = labels.length > 0 || fields.length > 0
  }

  matches(version: Version): boolean {
    if (this.namespace !== undefined && version.namespace !== this.namespace) return false
    return !this.selective || version.matches(this.#labels, this.#fields)
  }

  /** How a change looks through this filter; `undefined`: it does not. */
  typeOf({ before, after }: Change): ChangeType | undefined {
    const was = before !== undefined && this.matches(before)
    const is = after !== undefined && this.matches(after)
    if (is) return was ? 'MODIFIED' : 'ADDED'
    return was ? 'DELETED' : undefined
  }
}
