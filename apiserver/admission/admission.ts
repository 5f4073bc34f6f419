/**
 * Admission: the last word on a write besides validation. Plugins first complete the object, in order, then each
 * may refuse it. The registry calls it exactly once on every path that writes; nothing here writes itself. A write
 * that somebody else overtook begins again with the newer object and is admitted again: only the last time counts.
 */

import type { GroupVersionKind, KubernetesObject } from '../../api/object.ts'
import type { RequestAudit, User } from '../registry/registry.ts'
import type { Resource } from '../resources/resource.ts'
import { Reinvocation } from './reinvocation.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface AdmissionRequest {
  operation: Operation
  resource: Resource
  /** Of `object` and `old`: the resource's own, or that of its subresource (`Scale`, `Binding`, `PodExecOptions`). */
  kind: GroupVersionKind & { schema?: string }
  /** Empty for the object itself. */
  subresource: string
  /** Empty for cluster-scoped objects. */
  namespace: string
  /** Empty while a `generateName` is not resolved yet. */
  name: string
  /** What would be stored; on CONNECT its options; absent on DELETE. Plugins may change it in `mutate`, in place. */
  object: KubernetesObject | undefined
  /** What is stored now, not to be changed; absent on CREATE and CONNECT. */
  old: KubernetesObject | undefined
  /** `CreateOptions`, `UpdateOptions` (of patches too) or `DeleteOptions`, as on the wire; absent on CONNECT. */
  options: Readonly<Record<string, unknown>> | undefined
  dryRun: boolean
  user: User
  warn(text: string): void
  /** Absent where no audit log is kept. */
  audit?: Pick<RequestAudit, 'annotate'>
  /** Aborts when nobody waits for the answer any more. */
  signal?: AbortSignal
  /** Kept by the pipeline, for plugins that ask others. */
  reinvocation?: Reinvocation
  /** How to give back what plugins took for this write, in case it does not happen. */
  undo?: (() => Promise<void>)[]
}

/** Both functions throw a `StatusError` to refuse. */
export interface AdmissionPlugin {
  readonly name: string
  mutate?(request: AdmissionRequest): void | Promise<void>
  validate?(request: AdmissionRequest): void | Promise<void>
}

export class Admission {
  readonly #plugins: readonly AdmissionPlugin[]

  readonly #report: (error: unknown) => void

  /** @param report hears of what could not be given back */
  constructor(plugins: readonly AdmissionPlugin[], report: (error: unknown) => void = () => {}) {
    this.#plugins = plugins
    this.#report = report
  }

  /** Once, and once more where those who wish it have to see what others changed after them. */
  async mutate(request: AdmissionRequest): Promise<void> {
    const reinvocation = new Reinvocation()
    request.reinvocation = reinvocation
    await this.#mutateOnce(request)
    if (!reinvocation.wanted) return
    reinvocation.again = true
    await this.#mutateOnce(request)
  }

  async #mutateOnce(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) {
      const pending = plugin.mutate?.(request)
      if (pending) await pending
    }
  }

  async validate(request: AdmissionRequest): Promise<void> {
    try {
      for (const plugin of this.#plugins) {
        const pending = plugin.validate?.(request)
        if (pending) await pending
      }
    } catch (error) {
      await this.undo(request)
      throw error
    }
  }

  /** Gives back what was taken for a write that was admitted and then did not happen. Never rejects. */
  async undo(request: AdmissionRequest): Promise<void> {
    const { undo = [] } = request
    request.undo = undefined
    for (const giveBack of undo.reverse())
      try {
        await giveBack()
      } catch (error) {
        this.#report(error)
      }
  }
}

/** Whether the request is about a core kind itself, not about a subresource of it. */
export const concerns = (request: AdmissionRequest, plural: string): boolean =>
  request.resource.group === '' && request.resource.plural === plural && request.subresource === ''
