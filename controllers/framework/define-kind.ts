/**
 * Kinds of one's own, declared once: the TypeScript types, the CustomResourceDefinition and the value by which a cluster
 * is asked for them all come from the same schema. What a definition cannot hold is refused as the module is loaded.
 */

import type {
  Declared,
  DefinedConversion,
  DefinedKind,
  DefinedVersion,
  Definition,
  KindNames,
  Undeclared,
  WithVersion,
  WritableKind,
} from './defined-kind.ts'
import { apiVersion } from './kind.ts'
import { nameProblem, pluralOf, versionProblem } from './kind-names.ts'
import { withDefaults } from './schema/defaults.ts'
import { declaring, KindError } from './schema/kind-error.ts'
import type { VersionDeclaration } from './version-declaration.ts'
import { versionSchema } from './version-schema.ts'

/** A kind that has no version yet. */
export interface KindBuilder<Group extends string, Name extends string> {
  version<const Version extends string, const V extends VersionDeclaration>(
    version: Version,
    declaration: V,
  ): DefinedKind<WithVersion<Undeclared<Group, Name>, Version, V>>
}

/**
 * Begins a kind.
 *
 *     export const Site = kind({ group: 'demo.example.com', name: 'Site' }).version('v1', {
 *       spec: object({ image: string(), replicas: int().min(0).default(1) }),
 *       status: object({ ready: int().optional(), conditions: conditions() }),
 *       columns: { Ready: '.status.ready' },
 *     })
 *     export type Site = ObjectOf<typeof Site>
 *
 * Throws `KindError` for what no API server would take, with the place in the schema.
 */
export function kind<const Group extends string, const Name extends string>(
  names: KindNames<Group, Name>,
): KindBuilder<Group, Name> {
  const complete: Required<KindNames> = {
    plural: pluralOf(names.name),
    scope: 'Namespaced',
    shortNames: [],
    categories: [],
    ...names,
  }
  const problem = nameProblem(complete)
  if (problem) throw new KindError('', problem, names.name)
  const empty: Definition = { names: complete, versions: [], conversions: [] }
  return {
    version: (version, declaration) => defined(withVersion(empty, version, declaration)),
  }
}

function withVersion(
  before: Definition,
  name: string,
  declaration: VersionDeclaration,
): Definition {
  const { names, versions } = before
  return declaring(`${names.name} ${name}`, () => {
    const problem = versionProblem(name, versions, declaration)
    if (problem) throw new KindError('', problem)
    const schema = versionSchema(declaration)
    const told = versions.some((version) => version.declaration.stored)
    const stored = !told || declaration.stored === true
    return {
      ...before,
      versions: [
        ...versions.map((version) => (stored ? { ...version, stored: false } : version)),
        { name, declaration, schema, stored },
      ],
    }
  })
}

function defined<D extends Declared>(definition: Definition): DefinedKind<D> {
  const stored = definition.versions.find((version) => version.stored)
  if (!stored) throw new KindError('', 'has no version', definition.names.name)
  const at = (name: string) => atVersion(definition, versionOf(definition, name))
  const next = (
    name: string,
    declaration: VersionDeclaration,
    functions: DefinedConversion['functions'],
  ) => {
    const conversion = { from: definition.versions.at(-1)?.name ?? '', to: name, functions }
    const conversions = [...definition.conversions, conversion]
    return defined({ ...withVersion(definition, name, declaration), conversions })
  }
  return { ...definition, ...atVersion(definition, stored), at, next } as DefinedKind<D>
}

export function versionOf({ names, versions }: Definition, name: string): DefinedVersion {
  const version = versions.find((one) => one.name === name)
  if (version) return version
  const known = versions.map((one) => one.name).join(', ')
  throw new KindError('', `has no version ${name}, but ${known}`, names.name)
}

function atVersion(
  { names }: Definition,
  { name, schema }: DefinedVersion,
): WritableKind<object, object> {
  const address = {
    group: names.group,
    version: name,
    kind: names.name,
    plural: names.plural,
    namespaced: names.scope === 'Namespaced',
  }
  return {
    ...address,
    make: (input) =>
      withDefaults({ apiVersion: apiVersion(address), kind: names.name, ...input }, schema),
  }
}
