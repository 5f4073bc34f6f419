/**
 * Which names a CustomResourceDefinition gets: those that no other of its group holds. A name that is taken stays with
 * whoever has it; the others are accepted all the same.
 */

import type { Condition } from '../resources/apiextensions/definition-conditions.ts'
import type { CustomResourceDefinition, DefinitionNames } from '../schema/structural/definition.ts'

export interface Naming {
  accepted: Partial<DefinitionNames>
  condition: Condition
}

interface Taken {
  resources: Set<string>
  kinds: Set<string>
}

function takenBy(definitions: Iterable<CustomResourceDefinition>): Taken {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const { status } of definitions) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {}
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name)
    for (const name of [kind, listKind]) if (name) kinds.add(name)
  }
  return { resources, kinds }
}

const inUse = (name: string) => `${JSON.stringify(name)} is already in use`

/** @param others of the same group, without the definition itself */
export function acceptNames(
  { spec, status }: CustomResourceDefinition,
  others: Iterable<CustomResourceDefinition>,
): Naming {
  const taken = takenBy(others)
  const { names } = spec
  const accepted: Partial<DefinitionNames> = { ...status?.acceptedNames }
  let conflict: { reason: string; message: string } | undefined
  const accept = (field: 'plural' | 'singular' | 'kind' | 'listKind', among: Set<string>) => {
    const name = names[field] ?? ''
    if (name !== (accepted[field] ?? '') && among.has(name)) {
      const reason = `${field.charAt(0).toUpperCase()}${field.slice(1)}Conflict`
      conflict = { reason, message: inUse(name) }
    } else if (names[field] === undefined) delete accepted[field]
    else accepted[field] = name
  }
  accept('plural', taken.resources)
  accept('singular', taken.resources)
  const own = new Set(status?.acceptedNames?.shortNames)
  const lost = (names.shortNames ?? []).filter(
    (name) => !own.has(name) && taken.resources.has(name),
  )
  if (lost.length > 0) conflict = { reason: 'ShortNamesConflict', message: all(lost.map(inUse)) }
  else if (names.shortNames === undefined) delete accepted.shortNames
  else accepted.shortNames = names.shortNames
  accept('kind', taken.kinds)
  accept('listKind', taken.kinds)
  if (names.categories === undefined) delete accepted.categories
  else accepted.categories = names.categories
  return {
    accepted,
    condition: conflict
      ? { type: 'NamesAccepted', status: 'False', ...conflict }
      : {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
        },
  }
}

const all = (texts: string[]) => (texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`)
