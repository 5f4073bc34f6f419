/** Which kinds a server serves, from its discovery documents: each kind once, in the version the server prefers. */

import type { DiscoveredKind } from './cluster.ts'

/** Fetches a document; `accept` is the media type to ask for. */
export type Fetch = (path: string, accept: string) => Promise<unknown>

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

interface Aggregated {
  kind?: string
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      resources?: {
        resource: string
        responseKind?: { kind?: string }
        scope?: string
        verbs?: string[]
      }[]
    }[]
  }[]
}

/** Two requests where the server knows aggregated discovery, else one more for each group. */
export async function discoverOver(fetch: Fetch): Promise<DiscoveredKind[]> {
  const [core, groups] = await Promise.all([fetch('/api', aggregated), fetch('/apis', aggregated)])
  const documents = [core, groups] as Aggregated[]
  if (documents.every(({ kind }) => kind === 'APIGroupDiscoveryList'))
    return once(documents.flatMap(fromAggregated))
  return once(await legacy(fetch, groups as GroupList))
}

function fromAggregated({ items = [] }: Aggregated): DiscoveredKind[] {
  return items.flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map(({ resource, responseKind, scope, verbs = [] }) => ({
        group: metadata?.name ?? '',
        version,
        kind: responseKind?.kind ?? '',
        plural: resource,
        namespaced: scope === 'Namespaced',
        verbs,
      })),
    ),
  )
}

interface GroupList {
  groups?: {
    name: string
    preferredVersion?: { version: string }
    versions?: { version: string }[]
  }[]
}
interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[]
}

async function legacy(fetch: Fetch, { groups = [] }: GroupList): Promise<DiscoveredKind[]> {
  const preferred = groups.map(({ name, preferredVersion, versions }) => ({
    group: name,
    version: preferredVersion?.version ?? versions?.[0]?.version ?? 'v1',
    path: `/apis/${name}`,
  }))
  const all = [{ group: '', version: 'v1', path: '/api' }, ...preferred]
  const lists = await Promise.all(
    all.map(async ({ group, version, path }) => {
      const list = (await fetch(`${path}/${version}`, 'application/json')) as ResourceList
      return (list.resources ?? [])
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced, verbs = [] }) => ({
          group,
          version,
          kind,
          plural: name,
          namespaced,
          verbs,
        }))
    }),
  )
  return lists.flat()
}

function once(kinds: DiscoveredKind[]): DiscoveredKind[] {
  const first = new Map<string, DiscoveredKind>()
  for (const kind of kinds) {
    const key = `${kind.group}/${kind.plural}`
    if (!first.has(key)) first.set(key, kind)
  }
  return [...first.values()]
}
