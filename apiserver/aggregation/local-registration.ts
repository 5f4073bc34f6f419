/**
 * APIServices of what this server serves itself: nobody needs them to reach it, but people and tools look there for
 * what there is. They are made as groups and versions appear, and go with them.
 */

import type { APIService } from '../../api/types.ts'
import { type Cluster, isAlreadyExists, isNotFound } from '../../controllers/framework/cluster.ts'
import type { Kind } from '../../controllers/framework/kind.ts'
import type { Lister } from '../registry/lister.ts'
import { groupPriority } from '../resources/group-priority.ts'
import type { Resource } from '../resources/resource.ts'
import type { CustomResourceDefinition } from '../schema/structural/definition.ts'

export const apiServiceKind: Kind<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
}

const managed = 'kube-aggregator.kubernetes.io/automanaged'

const customVersionPriority = 100
const builtInVersionPriority = 15

type GroupVersion = Pick<Resource, 'group' | 'version'>

const nameOf = ({ group, version }: GroupVersion) => `${version}.${group}`

export interface LocalRegistrationPorts {
  cluster: Cluster
  lister: Lister
}

/** One pass: what is missing is made, what is no longer served and was made here goes. */
export async function registerLocally(
  { cluster, lister }: LocalRegistrationPorts,
  resources: readonly Resource[],
): Promise<void> {
  const served = new Map(resources.map((resource) => [nameOf(resource), resource]))
  served.delete('v1.apiregistration.k8s.io')
  const known = new Map(
    lister
      .list('apiservices.apiregistration.k8s.io', '')
      .map((cached) => [cached.name, cached] as const),
  )
  const missing = [...served].filter(([name]) => !known.has(name))
  const useless = [...known].filter(
    ([name, { labels }]) =>
      labels.get(managed) === 'true' && !served.has(name) && !defined(lister, name),
  )
  await Promise.all([
    ...missing.map(([name, resource]) => make(cluster, name, resource)),
    ...useless.map(([name]) => drop(cluster, name)),
  ])
}

/** Another server may be ahead of this one: while a definition stands, its registration does. */
function defined(lister: Lister, name: string): boolean {
  return lister.list('customresourcedefinitions.apiextensions.k8s.io', '').some(({ object }) => {
    const { spec } = object as unknown as CustomResourceDefinition
    return spec.versions.some(
      ({ name: version, served }) => served && nameOf({ group: spec.group, version }) === name,
    )
  })
}

async function make(cluster: Cluster, name: string, resource: Resource): Promise<void> {
  const custom = resource.custom !== undefined
  const { group, version } = resource
  const wanted: APIService = {
    metadata: { name, labels: { [managed]: custom ? 'true' : 'onstart' } },
    spec: {
      ...(group !== '' && { group }),
      version,
      groupPriorityMinimum: groupPriority(group),
      versionPriority: custom ? customVersionPriority : builtInVersionPriority,
    },
  }
  await cluster.create(apiServiceKind, wanted).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
}

async function drop(cluster: Cluster, name: string): Promise<void> {
  await cluster.remove(apiServiceKind, { name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}
