/**
 * Writes `published.json.gz`: what the published OpenAPI document of v1.36 says of the stable API, as the facts of
 * `normal-form.ts`, against which a test holds our own documents. Run once for each level:
 *
 *     node apiserver/schema/facts/build-published.ts openapi.json.gz openapi-facts.json.gz
 *
 * Versions of groups that are not stable are left out, with all that only they refer to.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { definitionFacts, type OpenApiV2, operationFacts } from './normal-form.ts'

/** `resources` by group and version, as discovery has them. */
interface OpenApiFacts {
  resources: Record<string, Record<string, object>>
}

const read = <T>(path: string) => JSON.parse(gunzipSync(readFileSync(path)).toString()) as T
const [documentPath = '', factsPath = ''] = process.argv.slice(2)
const document = read<OpenApiV2>(documentPath)
const { resources } = read<OpenApiFacts>(factsPath)

const isStable = (version: string) => /^v\d+$/.test(version)
const stableGroups = new Set(
  Object.keys(resources).flatMap((name) => {
    const [group = '', version] = name.split('/')
    return version !== undefined && isStable(version) ? [group] : []
  }),
)

function isKept(path: string): boolean {
  const [, root, group = '', version = ''] = path.split('/')
  if (root !== 'apis' || group === '') return true
  return stableGroups.has(group) && (version === '' || isStable(version))
}

const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => isKept(path)))
const reached = new Set<string>()
reach([paths, document.parameters])

function reach(part: unknown): void {
  for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/definitions\/([^"]+)"/g)) {
    if (reached.has(name)) continue
    reached.add(name)
    reach(document.definitions[name])
  }
}

const definitions = Object.fromEntries(
  Object.entries(document.definitions).filter(([name]) => reached.has(name)),
)
const kept = { paths, definitions, parameters: document.parameters }
const published = {
  operations: operationFacts(kept),
  definitions: definitionFacts(kept),
  resources: Object.fromEntries(
    Object.entries(resources).filter(([name]) => isStable(name.split('/').at(-1) ?? '')),
  ),
}
writeFileSync(
  join(import.meta.dirname, 'published.json.gz'),
  gzipSync(JSON.stringify(published), { level: 9 }),
)
