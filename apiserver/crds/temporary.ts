import { customResourceDefinitions } from '../resources/apiextensions/custom-resource-definition.ts'
import type { Resource } from '../resources/resource.ts'

export const served = (resources: readonly Resource[]): readonly Resource[] =>
  resources.includes(customResourceDefinitions)
    ? resources
    : [...resources, customResourceDefinitions]
