/** Files of one volume of which one hides another. */

import type { Volume } from '../../../../api/types.ts'
import type { Warnings } from '../node-label-warnings.ts'

type Source = NonNullable<NonNullable<Volume['projected']>['sources']>[number]
type Files = { paths: string[]; what: string }

export function* pathWarnings(volumes: readonly Volume[]): Warnings {
  for (const { name, configMap, secret, downwardAPI, projected } of volumes) {
    const told = (paths: readonly string[], what: string) =>
      overlaps(paths, `volume "${name}" (${what}): overlapping paths`)
    if (configMap?.items)
      yield* told(pathsOf(configMap.items), `ConfigMap "${configMap.name ?? ''}"`)
    if (secret?.items) yield* told(pathsOf(secret.items), `Secret "${secret.secretName ?? ''}"`)
    if (downwardAPI?.items) yield* told(pathsOf(downwardAPI.items), 'DownwardAPI')
    const all = new Set<string>()
    for (const source of projected?.sources ?? []) {
      const files = filesOf(source)
      if (Object.keys(source).length === 0)
        yield `volume "${name}" (Projected) has no sources provided`
      if (!files) continue
      yield* told(files.paths, `Projected ${files.what}`)
      const own = new Set(files.paths)
      yield* told([...own, ...all].sort(), `Projected ${files.what}`)
      for (const path of own) all.add(path)
    }
  }
}

const pathsOf = (items: readonly { path: string }[]) => items.map(({ path }) => path)

function filesOf({
  configMap,
  secret,
  downwardAPI,
  serviceAccountToken: token,
  clusterTrustBundle: bundle,
}: Source): Files | undefined {
  if (configMap?.items)
    return { paths: pathsOf(configMap.items), what: `ConfigMap "${configMap.name ?? ''}"` }
  if (secret?.items) return { paths: pathsOf(secret.items), what: `Secret "${secret.name ?? ''}"` }
  if (downwardAPI?.items) return { paths: pathsOf(downwardAPI.items), what: 'DownwardAPI' }
  if (token) return { paths: [token.path], what: 'ServiceAccountToken' }
  const { path, name, signerName = '' } = bundle ?? {}
  return path === undefined
    ? undefined
    : { paths: [path], what: `ClusterTrustBundle "${name ?? signerName}"` }
}

function* overlaps(paths: readonly string[], why: string): Warnings {
  const known = new Set<string>()
  for (const path of paths.map((path) => path.replace(/\/+$/, ''))) {
    const other = [...known].find((one) => overlap(one, path))
    if (other) yield `${why}: "${path}" with "${other}"`
    known.add(path)
  }
}

/** By letters, as it has always been told: `a` also where there is `ab`. */
const overlap = (one: string, other: string) =>
  one !== '' && other !== '' && (`${one}/`.startsWith(other) || `${other}/`.startsWith(one))
