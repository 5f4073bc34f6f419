/** What the audit log says of a mutating webhook: that it was asked, whether and what it changed, or that it failed. */

import type { AdmissionRequest } from '../admission/admission.ts'
import type { PlacedHook } from './hooks.ts'

export class MutationNotes {
  readonly #audit: NonNullable<AdmissionRequest['audit']>
  readonly #at: string
  readonly #who: { configuration: string; webhook: string }

  constructor(
    audit: NonNullable<AdmissionRequest['audit']>,
    at: string,
    { configuration, hook }: PlacedHook,
  ) {
    this.#audit = audit
    this.#at = at
    this.#who = { configuration, webhook: hook.name }
  }

  asked(mutated: boolean): void {
    this.#say('mutation', JSON.stringify({ ...this.#who, mutated }))
  }

  /** Patches are as confidential as the objects that they change. */
  patched(patch: unknown): void {
    const value = JSON.stringify({ ...this.#who, patch, patchType: 'JSONPatch' })
    this.#say('patch', value, 'Request')
  }

  passedOver(): void {
    this.#say('failed-open.mutation', this.#who.webhook)
  }

  #say(what: string, value: string, level?: 'Request'): void {
    this.#audit.annotate(`${what}.webhook.admission.k8s.io/${this.#at}`, value, level)
  }
}

/** Nothing where no audit log is kept. @param index of the webhook among all */
export const mutationNotes = (
  { audit, reinvocation }: AdmissionRequest,
  index: number,
  hook: PlacedHook,
): MutationNotes | undefined =>
  audit && new MutationNotes(audit, `round_${reinvocation?.again ? 1 : 0}_index_${index}`, hook)
