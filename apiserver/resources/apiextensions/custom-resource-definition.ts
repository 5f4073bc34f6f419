/** CustomResourceDefinition: a kind that somebody adds, with its names, versions and schemas. */

import { cloneJson } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import type { CustomResourceDefinition } from '../../schema/structural/definition.ts'
import { unrecognizedFormats } from '../../schema/structural/unrecognized-formats.ts'
import { nameColumn } from '../common-columns.ts'
import { bareStatusSubresource } from '../common-subresources.ts'
import { defineResource } from '../resource.ts'
import { keep } from '../status-strategy.ts'
import { defaultDefinition, rememberStorageVersion } from './definition-defaults.ts'
import { beginDefinitionDeletion } from './definition-deletion.ts'
import { examineDefinition, validateStatus } from './definition-validation.ts'

export const customResourceDefinitions = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  strategy: {
    unconditionalUpdate: false,
    default: defaultDefinition,
    prepareForCreate(definition) {
      definition.status = {
        conditions: [],
        acceptedNames: { plural: '', kind: '' },
        storedVersions: [],
      }
      rememberStorageVersion(definition)
    },
    prepareForUpdate(definition, old) {
      keep(definition, old, 'status')
      // Readers share the old object.
      definition.status = cloneJson(definition.status)
      rememberStorageVersion(definition)
    },
    prepareForStatusUpdate(definition, old) {
      keep(definition, old, 'spec')
    },
    beginDeletion: beginDefinitionDeletion,
    examine: (definition, old) => examineDefinition(definition, old),
    validateStatusUpdate: (definition) => [...validateStatus(definition)],
    warnings: ({ spec }) =>
      unrecognizedFormats(spec.versions).map(
        (format) => `unrecognized format ${JSON.stringify(format)}`,
      ),
  },
  subresources: [bareStatusSubresource],
  columns: [
    nameColumn,
    {
      name: 'Created At',
      type: 'date',
      description: 'CreationTimestamp is a timestamp: when the server made the object, in UTC.',
      cell: ({ metadata }: KubernetesObject) => metadata.creationTimestamp ?? null,
    },
  ],
})
