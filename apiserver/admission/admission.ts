/**
 * Admission: the last word on a write besides validation. Plugins first complete the object, in order, then each
 * may refuse it. The registry calls it exactly once on every path that writes; nothing here writes itself.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { User } from '../registry/registry.ts'
import type { Resource } from '../resources/resource.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface AdmissionRequest {
  operation: Operation
  resource: Resource
  /** Empty for the object itself. */
  subresource: string
  /** Empty for cluster-scoped objects. */
  namespace: string
  /** Empty while a `generateName` is not resolved yet. */
  name: string
  /** What would be stored; absent on DELETE and CONNECT. Plugins may change it in `mutate`. */
  object: KubernetesObject | undefined
  /** What is stored now; absent on CREATE. */
  old: KubernetesObject | undefined
  dryRun: boolean
  user: User
  warn(text: string): void
}

/** Both functions throw a `StatusError` to refuse. */
export interface AdmissionPlugin {
  readonly name: string
  mutate?(request: AdmissionRequest): void | Promise<void>
  validate?(request: AdmissionRequest): void | Promise<void>
}

export class Admission {
  readonly #plugins: readonly AdmissionPlugin[]

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      const pending = plugin.mutate?.(request)
      if (pending) await pending
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      const pending = plugin.validate?.(request)
      if (pending) await pending
    }
  }
}

/** Whether the request is about a core kind itself, not about a subresource of it. */
export const concerns = (request: AdmissionRequest, plural: string): boolean =>
  request.resource.group === '' && request.resource.plural === plural && request.subresource === ''
