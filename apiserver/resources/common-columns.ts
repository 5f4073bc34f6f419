/** Columns and cells that several kinds' tables share. */

import { formatSelector, fromLabelSelector, SelectorError } from '../../api/selector.ts'
import type { LabelSelector } from '../../api/types.ts'
import { age } from './ages.ts'
import type { Column } from './resource.ts'

interface WithMetadata {
  metadata: { name?: string; creationTimestamp?: string }
}

export const nameColumn: Column<WithMetadata> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name, unique among the objects of this kind in the namespace.',
  cell: ({ metadata }) => metadata.name ?? '',
}

export const ageColumn: Column<WithMetadata> = {
  name: 'Age',
  type: 'string',
  description: 'How long ago the object was created.',
  cell: ({ metadata }, { now }) => age(metadata.creationTimestamp, now),
}

/** A column of text; `more` says what else it is. */
export const column = <T>(
  name: string,
  description: string,
  cell: Column<T>['cell'],
  more: Partial<Column<T>> = {},
): Column<T> => ({ name, type: 'string', description, cell, ...more })

/** `app=web,tier=front` in the order of keys, `<none>` when there are none. */
export function formatLabels(labels: Record<string, string> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0
    ? '<none>'
    : entries.map(([key, value]) => `${key}=${value}`).join(',')
}

/** A selector as text, in the order of keys: `<none>` when it is empty, `<error>` when it is malformed. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  try {
    return selectorText(selector) || '<none>'
  } catch (error) {
    if (error instanceof SelectorError) return '<error>'
    throw error
  }
}

/**
 * A selector as clients send it in `labelSelector=`, in the order of keys; empty for all.
 * @throws SelectorError
 */
export function selectorText(selector: LabelSelector | undefined): string {
  const requirements = [...(fromLabelSelector(selector) ?? [])]
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return formatSelector(requirements)
}

interface Templated {
  spec?: {
    template?: { spec?: { containers?: { name: string; image?: string }[] } }
  }
}

const containersOf = (object: Templated) => object.spec?.template?.spec?.containers ?? []

/** `Containers` and `Images` of a pod template, for `-o wide`. */
export const templateColumns: Column<Templated>[] = [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    description: 'The names of the containers in the template.',
    cell: (object) =>
      containersOf(object)
        .map(({ name }) => name)
        .join(','),
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    description: 'The images of the containers in the template.',
    cell: (object) =>
      containersOf(object)
        .map(({ image }) => image ?? '')
        .join(','),
  },
]
