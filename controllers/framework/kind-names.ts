/** What kinds and their versions may be called: the API server's rules, told when a kind is declared. */

import type { DefinedVersion, KindNames } from './defined-kind.ts'
import type { VersionDeclaration } from './version-declaration.ts'

const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/
const domain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/

/** As English and Kubernetes' own kinds have it: `policies`, `ingresses`, `proxies`, `gateways`. */
export function pluralOf(name: string): string {
  const lower = name.toLowerCase()
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`
  return `${lower}s`
}

export function nameProblem({ group, name, plural, shortNames, categories }: Required<KindNames>) {
  if (!domain.test(group) || group.length > 253)
    return `the group ${group} must be a domain of one's own, such as demo.example.com`
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(group))
    return `the group ${group} belongs to Kubernetes: use a domain of one's own`
  if (!/^[A-Z][A-Za-z0-9]{0,62}$/.test(name))
    return 'the name must be UpperCamelCase, as in WebSite'
  const odd = [plural, ...shortNames, ...categories].find((one) => !label.test(one))
  if (odd !== undefined)
    return `${odd} must be of lower-case letters, digits and dashes, beginning with a letter`
  return undefined
}

export function versionProblem(
  name: string,
  before: readonly DefinedVersion[],
  { served = true, stored = false, deprecated }: VersionDeclaration,
): string | undefined {
  if (!label.test(name)) return `the version ${name} must look like v1, v1beta2 or v2alpha1`
  if (before.some((version) => version.name === name)) return 'is declared twice'
  if (stored && before.some(({ declaration }) => declaration.stored))
    return 'stored: true is said of two versions'
  if (stored && !served) return 'is stored but not served, so nobody could read it'
  if (typeof deprecated === 'string' && (deprecated === '' || deprecated.length > 256))
    return 'the text of deprecated must have 1 to 256 characters'
  return undefined
}
