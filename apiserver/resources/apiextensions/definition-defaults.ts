/** What the API fills in of a CustomResourceDefinition: names that follow from the kind, and how versions convert. */

import type { CustomResourceDefinition } from '../../schema/structural/definition.ts'
import { defaultWebhookClient } from '../webhook-client-validation.ts'

/** Changes the object. Idempotent. */
export function defaultDefinition(definition: CustomResourceDefinition): void {
  const spec: Partial<CustomResourceDefinition['spec']> | undefined = definition.spec
  if (!spec) return
  const { names } = spec
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase()
    names.listKind ||= `${names.kind}List`
  }
  spec.conversion ??= { strategy: 'None' }
  defaultWebhookClient(spec.conversion.webhook?.clientConfig)
}

/** Versions in which objects may be stored are remembered until somebody migrated them. */
export function rememberStorageVersion({ spec, status }: CustomResourceDefinition): void {
  const storage = spec.versions?.find((version) => version.storage)
  if (!storage || !status) return
  status.storedVersions ??= []
  if (!status.storedVersions.includes(storage.name)) status.storedVersions.push(storage.name)
}
