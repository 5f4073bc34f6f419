/** What is served besides resources: which groups, versions and resources there are, and who issues tokens. */

import type { Resource } from '../resources/resource.ts'
import {
  capital,
  groupVersionPath,
  groupWord,
  type Operation,
  type PathItem,
} from './openapi-operations.ts'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

function getting(
  path: string,
  id: string,
  tag: string,
  description: string,
  answer?: string,
): PathItem {
  const operation: Operation = {
    method: 'get',
    id,
    tag,
    description,
    query: [],
    codes: [200],
    ...(answer !== undefined && { answer }),
  }
  return { path, variables: {}, operations: [operation] }
}

const always: ReadonlyMap<string, PathItem> = new Map([
  [
    '.well-known/openid-configuration',
    getting(
      '/.well-known/openid-configuration/',
      'getServiceAccountIssuerOpenIDConfiguration',
      'WellKnown',
      'where tokens of service accounts come from, for those who check them',
    ),
  ],
  [
    'api',
    getting(
      '/api/',
      'getCoreAPIVersions',
      'core',
      'get available API versions',
      `${meta}.APIVersions`,
    ),
  ],
  [
    'apis',
    getting(
      '/apis/',
      'getAPIVersions',
      'apis',
      'get available API versions',
      `${meta}.APIGroupList`,
    ),
  ],
  [
    'openid/v1/jwks',
    getting(
      '/openid/v1/jwks/',
      'getServiceAccountIssuerOpenIDKeyset',
      'openid',
      'the public keys by which tokens of service accounts are checked',
    ),
  ],
  [
    'version',
    getting(
      '/version/',
      'getCodeVersion',
      'version',
      'get the version information for this server',
      'io.k8s.apimachinery.pkg.version.Info',
    ),
  ],
])

/** By the document of OpenAPI v3 that they stand in: `version`, `apis/apps`. Custom groups have none. */
export function generalPaths(resources: readonly Resource[]): ReadonlyMap<string, PathItem> {
  const items = new Map(always)
  for (const { group, custom } of resources) {
    if (custom || group === '' || items.has(`apis/${group}`)) continue
    const word = groupWord(group)
    items.set(
      `apis/${group}`,
      getting(
        `/apis/${group}/`,
        `get${capital(word)}APIGroup`,
        word,
        'get information of a group',
        `${meta}.APIGroup`,
      ),
    )
  }
  return items
}

/** Which resources a group and version has; none where they are custom. */
export function resourceListPath([first]: readonly Resource[]): PathItem[] {
  if (!first || first.custom) return []
  const word = groupWord(first.group)
  return [
    getting(
      `/${groupVersionPath(first)}/`,
      `get${capital(word)}${capital(first.version)}APIResources`,
      `${word}_${first.version}`,
      'get available resources',
      `${meta}.APIResourceList`,
    ),
  ]
}
