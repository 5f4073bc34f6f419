/**
 * What the server says it serves, in both forms that clients ask for: one aggregated document, and the older ones
 * a group and a version. Made from the resources that are served and kept until these change; every document has a
 * hash, for `If-None-Match`.
 */

import { createHash } from 'node:crypto'
import { compareGroups } from '../resources/group-priority.ts'
import {
  apiVersionOf,
  type Resource,
  type Resources,
  type Subresource,
  type Verb,
} from '../resources/resource.ts'
import { compareVersions } from '../resources/version-priority.ts'

export interface Document {
  bytes: Buffer
  contentType: string
  /** Quoted, as it stands in `ETag`. */
  etag: string
}

/** A group and version that another server serves. */
export interface RemoteVersion {
  group: string
  version: string
  /** As aggregated discovery tells them. */
  resources: readonly object[]
  /** It does not answer at the moment: these are the resources it had. */
  stale: boolean
  /** Of its OpenAPI document, where it has one. */
  openApiUrl: string | undefined
}

/** What others serve at the moment; another array after each change. */
export interface RemoteVersions {
  readonly all: readonly RemoteVersion[]
}

const nobody: RemoteVersions = { all: [] }

const allVerbs: Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

/** What makes something, or puts something else in its place, is no longer offered where the kind is going. */
const making: ReadonlySet<Verb> = new Set(['create', 'patch', 'update'])

/** What may be asked of a resource, as discovery tells it. */
export const verbsOf = ({ verbs = allVerbs, terminating }: Resource): Verb[] =>
  verbs.filter((verb) => !terminating || !making.has(verb)).sort()
const kindOf = ({ group, version, kind }: Resource, subresource?: Subresource) =>
  subresource?.kind ?? { group, version, kind }

export class Discovery {
  readonly #set: Resources
  readonly #others: RemoteVersions
  /** What the documents have been made from. */
  #resources: readonly Resource[]
  #remotes: readonly RemoteVersion[]
  readonly #documents = new Map<string, Document>()

  constructor(set: Resources, others = nobody) {
    this.#set = set
    this.#others = others
    this.#resources = set.all
    this.#remotes = others.all
  }

  /** `/api` and `/apis` in the aggregated form. */
  aggregated(root: '/api' | '/apis', version: 'v2' | 'v2beta1'): Document {
    return this.#document(`${version} ${root}`, () => {
      const groups = this.#groups().filter((group) => (group === '') === (root === '/api'))
      const body = {
        kind: 'APIGroupDiscoveryList',
        apiVersion: `apidiscovery.k8s.io/${version}`,
        metadata: {},
        items: groups.map((group) => this.#aggregatedGroup(group)),
      }
      const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
      return document(body, contentType)
    })!
  }

  /** `/api`, `/apis`, `/api/v1`, `/apis/G`, `/apis/G/V`; `undefined` where nothing is. */
  legacy(path: string): Document | undefined {
    return this.#document(path, () => {
      const body = this.#legacyBody(path.split('/').slice(1))
      return body && document(body, 'application/json')
    })
  }

  /** Group and version of everything served: `v1`, `apps/v1`. */
  groupVersions(): string[] {
    this.#follow()
    return [...new Set([...this.#resources, ...this.#remotes].map(apiVersionOf))]
  }

  groups(): string[] {
    this.#follow()
    return this.#groups().filter((group) => group !== '')
  }

  #document(key: string, make: () => Document | undefined): Document | undefined {
    this.#follow()
    const kept = this.#documents.get(key)
    if (kept) return kept
    const made = make()
    // Only what is served is kept: anybody may ask for anything.
    if (made) this.#documents.set(key, made)
    return made
  }

  /** Forgets what was made from resources that are not those of now. */
  #follow(): void {
    if (this.#resources === this.#set.all && this.#remotes === this.#others.all) return
    this.#resources = this.#set.all
    this.#remotes = this.#others.all
    this.#documents.clear()
  }

  #groups(): string[] {
    const all = [...this.#resources, ...this.#remotes]
    return [...new Set(all.map(({ group }) => group))].sort(compareGroups)
  }

  #versions(group: string): string[] {
    const all = [...this.#resources, ...this.#remotes]
    const own = all.filter((resource) => resource.group === group)
    return [...new Set(own.map(({ version }) => version))].sort(compareVersions)
  }

  #in(group: string, version: string): Resource[] {
    return this.#resources
      .filter((resource) => resource.group === group && resource.version === version)
      .sort((one, other) => (one.plural < other.plural ? -1 : 1))
  }

  #aggregatedGroup(group: string) {
    return {
      metadata: { name: group, creationTimestamp: null },
      versions: this.#versions(group).map((version) => this.#aggregatedVersion(group, version)),
    }
  }

  #aggregatedVersion(group: string, version: string) {
    const remote = this.#remotes.find((one) => one.group === group && one.version === version)
    if (remote) {
      const { resources, stale } = remote
      return { version, resources, freshness: stale ? 'Stale' : 'Current' }
    }
    return {
      version,
      resources: this.#in(group, version).map((resource) => ({
        resource: resource.plural,
        responseKind: kindOf(resource),
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: resource.singular,
        verbs: verbsOf(resource),
        ...(resource.shortNames && { shortNames: resource.shortNames }),
        ...(resource.categories && { categories: resource.categories }),
        ...(resource.subresources.length > 0 && {
          subresources: resource.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: kindOf(resource, subresource),
            verbs: subresource.verbs,
          })),
        }),
      })),
      freshness: 'Current',
    }
  }

  #legacyBody([root, group, version, ...more]: string[]): object | undefined {
    if (more.length > 0) return undefined
    if (root === 'api') {
      if (version !== undefined) return undefined
      if (group === undefined)
        return {
          kind: 'APIVersions',
          versions: this.#versions(''),
          serverAddressByClientCIDRs: [],
        }
      return this.#resourceList('', group)
    }
    if (root !== 'apis') return undefined
    if (group === undefined)
      return {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: this.groups().map((name) => this.#legacyGroup(name)),
      }
    if (group === '' || !this.#groups().includes(group)) return undefined
    if (version === undefined)
      return { kind: 'APIGroup', apiVersion: 'v1', ...this.#legacyGroup(group) }
    return this.#resourceList(group, version)
  }

  #legacyGroup(name: string) {
    const versions = this.#versions(name).map((version) => ({
      groupVersion: `${name}/${version}`,
      version,
    }))
    return { name, versions, preferredVersion: versions[0] }
  }

  #resourceList(group: string, version: string): object | undefined {
    const resources = this.#in(group, version)
    if (resources.length === 0) return undefined
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersionOf({ group, version }),
      resources: resources.flatMap((resource) => [
        {
          name: resource.plural,
          singularName: resource.singular,
          namespaced: resource.namespaced,
          kind: resource.kind,
          verbs: verbsOf(resource),
          ...(resource.shortNames && { shortNames: resource.shortNames }),
          ...(resource.categories && { categories: resource.categories }),
          ...(!resource.virtual && { storageVersionHash: storageHash(resource) }),
        },
        ...resource.subresources.map((subresource) => ({
          name: `${resource.plural}/${subresource.name}`,
          singularName: '',
          namespaced: resource.namespaced,
          ...foreign(resource, subresource),
          kind: kindOf(resource, subresource).kind,
          verbs: subresource.verbs,
        })),
      ]),
    }
  }
}

/** Group and version, where they are not the parent's: clients look for `pods/eviction` in `policy/v1`. */
function foreign(resource: Resource, { kind }: Subresource) {
  if (!kind || (kind.group === resource.group && kind.version === resource.version)) return {}
  return { group: kind.group, version: kind.version }
}

/** Another one where objects are stored in another form than before. */
function storageHash(resource: Resource): string {
  const { group, version, kind } = resource.storage?.stored ?? resource
  const hash = createHash('sha256').update(`${group}/${version}/${kind}`).digest()
  return hash.subarray(0, 8).toString('base64')
}

function document(body: object, contentType: string): Document {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`)
  const hash = createHash('sha256').update(bytes).digest('hex').toUpperCase()
  return { bytes, contentType, etag: `"${hash}"` }
}
