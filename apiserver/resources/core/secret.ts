/** Secret: configuration that not everybody may read. */

import type { Secret } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { immutable } from '../field-errors.ts'
import { defineResource } from '../resource.ts'
import { validateImmutableData } from './data-validation.ts'
import { keyPairWarnings } from './key-pair-warnings.ts'
import { validateSecret } from './secret-validation.ts'

export const secrets = defineResource<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Secret',
  strategy: {
    generation: false,
    default(secret) {
      secret.type ||= 'Opaque'
      mergeStringData(secret)
    },
    validate: (secret) => [...validateSecret(secret)],
    validateUpdate: (secret, old) => [
      ...immutable('type', secret.type, old.type),
      ...validateImmutableData(secret, old, ['data']),
    ],
    warnings: keyPairWarnings,
  },
  subresources: [],
  fieldSelectors: { type: ({ type }) => type ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'What the data is for.',
      cell: ({ type }) => type ?? '',
    },
    {
      name: 'Data',
      type: 'string',
      description: 'How many keys there are.',
      cell: ({ data }) => Object.keys(data ?? {}).length,
    },
    ageColumn,
  ],
})

/** `stringData` can only be written: it becomes `data`, and wins over it. */
function mergeStringData(secret: Secret) {
  const texts = Object.entries(secret.stringData ?? {})
  if (texts.length > 0)
    secret.data = {
      ...secret.data,
      ...Object.fromEntries(
        texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      ),
    }
  delete secret.stringData
}
