/** Whether an aggregated API can be asked, and what it says that it serves. */

import type { Clock } from '../../ports/clock.ts'
import { askRemote } from './ask-remote.ts'
import {
  type Availability,
  identity,
  type RemoteApi,
  type RemoteResource,
  Unreachable,
} from './remote-api.ts'

const self = { name: 'system:kube-aggregator', groups: ['system:masters'] }

interface LegacyResource {
  name: string
  singularName?: string
  namespaced?: boolean
  kind?: string
  group?: string
  version?: string
  verbs?: string[]
  shortNames?: string[]
  categories?: string[]
}

/** Brings what is known of it up to date; never rejects. */
export async function checkRemote(remote: RemoteApi, clock: Clock): Promise<void> {
  const place = `apis/${remote.group}/${remote.version}`
  try {
    const { code, body } = await get(remote, `/${place}`, clock)
    if (code < 200 || code > 299)
      throw new Unreachable(
        'FailedDiscoveryCheck',
        `failing or missing response from /${place}: bad status: ${code}`,
      )
    remote.resources = resourcesOf(remote, body)
    remote.openApiUrl = await openApiUrl(remote, place, clock)
    remote.availability = passed
  } catch (error) {
    remote.availability = failed(error as Error, place)
  }
}

const passed: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' }

function failed(error: Error, place: string): Availability {
  if (error instanceof Unreachable)
    return { status: 'False', reason: error.reason, message: error.message }
  const message = `failing or missing response from /${place}: ${error.message}`
  return { status: 'False', reason: 'FailedDiscoveryCheck', message }
}

const get = async (remote: RemoteApi, path: string, clock: Clock) =>
  askRemote(remote.destination(path, { ...identity(self), Accept: 'application/json' }), clock)

/** The list of a group and version, in the newer form: subresources stand with their parents. */
function resourcesOf({ group, version }: RemoteApi, body: Buffer): RemoteResource[] {
  const { resources = [] } = JSON.parse(body.toString()) as { resources?: LegacyResource[] }
  const found = new Map<string, RemoteResource>()
  const kindOf = (one: LegacyResource) => ({
    group: one.group ?? group,
    version: one.version ?? version,
    kind: one.kind ?? '',
  })
  for (const one of resources) {
    const [name = '', subresource] = one.name.split('/')
    const verbs = one.verbs ?? []
    const parent = found.get(name)
    if (subresource === undefined)
      found.set(name, {
        resource: name,
        responseKind: kindOf(one),
        scope: one.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: one.singularName ?? '',
        verbs,
        ...(one.shortNames && { shortNames: one.shortNames }),
        ...(one.categories && { categories: one.categories }),
      })
    else if (parent) {
      parent.subresources ??= []
      parent.subresources.push({ subresource, responseKind: kindOf(one), verbs })
    }
  }
  return [...found.values()]
}

/** Its documents are its own affair: whoever has none is served all the same. */
async function openApiUrl(
  remote: RemoteApi,
  place: string,
  clock: Clock,
): Promise<string | undefined> {
  try {
    const { code, body } = await get(remote, '/openapi/v3', clock)
    if (code !== 200) return undefined
    const { paths = {} } = JSON.parse(body.toString()) as {
      paths?: Record<string, { serverRelativeURL?: string }>
    }
    if (!Object.hasOwn(paths, place)) return undefined
    const { serverRelativeURL: url = '' } = paths[place] ?? {}
    return url.startsWith(`/openapi/v3/${place}`) ? url : undefined
  } catch {
    return undefined
  }
}
