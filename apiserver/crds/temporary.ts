import { beginDefinitionDeletion } from '../resources/apiextensions/definition-deletion.ts'
import { ageColumn, nameColumn } from '../resources/common-columns.ts'
import { defineResource, type Resource } from '../resources/resource.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'

function stored(object: CustomResourceDefinition) {
  const name = object.spec.versions.find(({ storage }) => storage)!.name
  const storedVersions = [...new Set([...(object.status?.storedVersions ?? []), name])]
  object.status = { ...object.status, storedVersions }
}
export const served = (resources: readonly Resource[]): readonly Resource[] =>
  resources.some(({ plural }) => plural === 'customresourcedefinitions')
    ? resources
    : [
        ...resources,
        defineResource<CustomResourceDefinition>({
          group: 'apiextensions.k8s.io',
          version: 'v1',
          kind: 'CustomResourceDefinition',
          plural: 'customresourcedefinitions',
          singular: 'customresourcedefinition',
          shortNames: ['crd', 'crds'],
          namespaced: false,
          schema:
            'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
          strategy: {
            prepareForCreate: (object) => {
              object.status = {}
              stored(object)
            },
            prepareForUpdate: (object, old) => {
              object.status = structuredClone(old.status)
              stored(object)
            },
            beginDeletion: beginDefinitionDeletion,
          },
          subresources: [{ name: 'status', verbs: ['get', 'patch', 'update'] }],
          columns: [nameColumn, ageColumn] as never,
        }),
      ]
