/** ConfigMap: plain configuration, for containers to read. */

import type { ConfigMap } from '../../../api/types.ts'
import { ageColumn, nameColumn } from '../common-columns.ts'
import { invalid, tooLong } from '../field-errors.ts'
import { byteLength } from '../name-validation.ts'
import { defineResource, type FieldError } from '../resource.ts'
import { dataLimit, decodedLength, validateImmutableData, validateKeys } from './data-validation.ts'

export const configMaps = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  strategy: {
    generation: false,
    validate,
    validateUpdate: (configMap, old) => [
      ...validateImmutableData(configMap, old, ['data', 'binaryData']),
    ],
  },
  subresources: [],
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      description: 'How many keys there are.',
      cell: ({ data, binaryData }) =>
        Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
})

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors = [...validateKeys(data, 'data'), ...validateKeys(binaryData, 'binaryData')]
  for (const key of Object.keys(data))
    if (Object.hasOwn(binaryData, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
  let size = 0
  for (const text of Object.values(data)) size += byteLength(text)
  for (const text of Object.values(binaryData)) size += decodedLength(text)
  if (size > dataLimit) errors.push(tooLong('[]', dataLimit))
  return errors
}
