/**
 * Which resource a word means, for any kind that the server serves: `svc`, `services`, `Service`, `websites.demo.example.com`.
 * Deployments and pods need no question; for everything else the server's discovery documents are read.
 */

import type { DiscoveredKind } from '../../controllers/framework/index.ts'
import { CommandError } from '../context.ts'
import type { Reading } from './look.ts'

export interface Resource {
  group: string
  version: string
  kind: string
  plural: string
  namespaced: boolean
  /** Other words for it, in lower case. */
  aliases: string[]
}

interface Aggregated {
  kind?: string
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      resources?: {
        resource: string
        responseKind?: { kind?: string }
        singularResource?: string
        shortNames?: string[]
        scope?: string
      }[]
    }[]
  }[]
}

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

/** Everything the server serves, the core group first, each in the version that it prefers. */
export async function resourcesOf({ cluster, fetch }: Reading): Promise<Resource[]> {
  const documents = await Promise.all(['/api', '/apis'].map((path) => fetch(path, aggregated)))
  const lists = documents as Aggregated[]
  if (lists.every(({ kind }) => kind === 'APIGroupDiscoveryList'))
    return lists.flatMap(({ items = [] }) => items.flatMap(inGroup))
  return (await cluster.discover()).map(withoutAliases)
}

function inGroup({ metadata, versions = [] }: NonNullable<Aggregated['items']>[number]) {
  const [preferred] = versions
  return (preferred?.resources ?? []).map(
    ({ resource, responseKind, singularResource, shortNames = [], scope }): Resource => ({
      group: metadata?.name ?? '',
      version: preferred?.version ?? 'v1',
      kind: responseKind?.kind ?? '',
      plural: resource,
      namespaced: scope === 'Namespaced',
      aliases: [...(singularResource ? [singularResource] : []), ...shortNames],
    }),
  )
}

/** Servers of old, which tell no short names here. */
const withoutAliases = ({ verbs: _, ...kind }: DiscoveredKind): Resource => ({
  ...kind,
  aliases: [],
})

/** @param word `svc`, `deployments.apps`, `deployment.v1.apps`; @throws CommandError */
export function resourceFor(word: string, resources: readonly Resource[]): Resource {
  const [name = '', ...rest] = word.toLowerCase().split('.')
  const suffix = rest.join('.')
  const found = resources.find(
    ({ plural, kind, aliases, group, version }) =>
      (plural === name || kind.toLowerCase() === name || aliases.includes(name)) &&
      (suffix === '' || suffix === group || suffix === `${version}.${group}`.replace(/\.$/, '')),
  )
  if (found) return found
  throw new CommandError(`the server knows no resource "${word}"`, ['kubectl api-resources'])
}
