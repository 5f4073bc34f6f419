/** Which objects there can be, by the resources that are served: their places in the store, and those of their owners. */

import { objectKey } from '../registry/keys.ts'
import type { ResourceSet } from '../registry/resource-set.ts'
import { qualifiedName, type Resource } from '../resources/resource.ts'
import type { Subject, Subjects } from './write.ts'

export function servedSubjects(resources: Pick<ResourceSet, 'all' | 'named'>): Subjects {
  return {
    of({ resource: plural, group, namespace, name }) {
      const resource = resources.named(qualifiedName({ group, plural }))
      return resource && subjectOf(resource, namespace, name)
    },
    owner({ apiVersion, kind, name }, namespace) {
      const at = apiVersion.indexOf('/')
      const group = at < 0 ? '' : apiVersion.slice(0, at)
      const known = resources.all.find((each) => each.kind === kind && each.group === group)
      const resource = known && resources.named(qualifiedName(known))
      return resource && subjectOf(resource, resource.namespaced ? namespace : '', name)
    },
  }
}

/** `undefined` for what no object can be called. */
function subjectOf(resource: Resource, namespace: string, name: string): Subject | undefined {
  const { plural, group, kind, namespaced, virtual } = resource
  if (virtual || namespaced !== (namespace !== '')) return undefined
  if (name === '' || name.includes('/') || namespace.includes('/')) return undefined
  return {
    resource: plural,
    group,
    namespace,
    name,
    kind,
    key: objectKey(resource, namespace, name),
  }
}
