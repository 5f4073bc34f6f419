/** CustomResourceDefinitions: the type of those objects, and the kind by which a cluster is asked for them. */

import type { ObjectMeta } from '../../api/object.ts'
import type { Kind } from './kind.ts'
import type { JsonSchema } from './schema/json-schema.ts'

export interface CustomResourceDefinition {
  apiVersion: 'apiextensions.k8s.io/v1'
  kind: 'CustomResourceDefinition'
  metadata: ObjectMeta
  spec: {
    group: string
    names: {
      plural: string
      singular?: string
      kind: string
      listKind?: string
      shortNames?: string[]
      categories?: string[]
    }
    scope: 'Namespaced' | 'Cluster'
    versions: CustomResourceDefinitionVersion[]
    conversion?: CustomResourceConversion
    preserveUnknownFields?: boolean
  }
  status?: {
    conditions?: {
      type: string
      status: string
      reason?: string
      message?: string
      lastTransitionTime?: string
    }[]
    acceptedNames?: { plural?: string; kind?: string; shortNames?: string[] }
    storedVersions?: string[]
  }
}

/** One version of a custom resource: `spec.versions[]`. */
export interface CustomResourceDefinitionVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: JsonSchema }
  subresources?: {
    status?: object
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  }
  additionalPrinterColumns?: {
    name: string
    type: string
    jsonPath: string
    format?: string
    priority?: number
    description?: string
  }[]
  selectableFields?: { jsonPath: string }[]
}

/** How versions are made from each other: `spec.conversion`. */
export interface CustomResourceConversion {
  strategy: 'None' | 'Webhook'
  webhook?: {
    clientConfig?: {
      url?: string
      service?: { namespace: string; name: string; path?: string; port?: number }
      caBundle?: string
    }
    conversionReviewVersions: string[]
  }
}

export const CustomResourceDefinition: Kind<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}
