/** What clients of a deprecated version are warned with. */

import { compareVersions } from '../resources/version-priority.ts'
import type {
  CustomResourceDefinition,
  DefinitionVersion,
} from '../schema/structural/definition.ts'

/** Absent where the version is not deprecated. */
export function deprecationOf(
  { spec }: CustomResourceDefinition,
  { name, deprecated, deprecationWarning }: DefinitionVersion,
): string | undefined {
  if (!deprecated) return undefined
  if (deprecationWarning !== undefined) return deprecationWarning
  const { group, names, versions } = spec
  const [better] = versions
    .filter((version) => version.served && !version.deprecated)
    .map((version) => version.name)
    .filter((version) => compareVersions(version, name) < 0)
    .sort(compareVersions)
  const warning = `${group}/${name} ${names.kind} is deprecated`
  return better === undefined ? warning : `${warning}; use ${group}/${better} ${names.kind}`
}
