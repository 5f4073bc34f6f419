/** Columns and cells that several kinds' tables share. */

import { formatSelector, fromLabelSelector, SelectorError } from '../../api/selector.ts'
import type { LabelSelector } from '../../api/types.ts'
import { age } from './ages.ts'
import type { Column } from './resource.ts'

interface WithMetadata {
  metadata: {
    name?: string
    creationTimestamp?: string
    annotations?: Record<string, string>
  }
}

export const nameColumn: Column<WithMetadata> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name, unique among the objects of this kind in the namespace.',
  cell: ({ metadata }) => metadata.name ?? '',
}

/** The name, marked where one of the annotations says that the class is the default one. */
export const markedDefault = (...annotations: string[]): Column<WithMetadata> => ({
  ...nameColumn,
  cell: ({ metadata }) =>
    annotations.some((annotation) => metadata.annotations?.[annotation] === 'true')
      ? `${metadata.name} (default)`
      : (metadata.name ?? ''),
})

/** When it was made, as a time: for the kinds that have no table of their own. */
export const createdAtColumn: Column<WithMetadata> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
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

/** `Selector` of a kind with a label selector, for `-o wide`. */
export const selectorColumn: Column<{ spec?: { selector?: LabelSelector } }> = {
  name: 'Selector',
  type: 'string',
  priority: 1,
  description: 'The labels of its pods.',
  cell: ({ spec }) => formatLabelSelector(spec?.selector),
}

interface Replicated {
  spec?: { replicas?: number }
  status?: { replicas?: number; readyReplicas?: number }
}

/** `Desired`, `Current` and `Ready` of a kind that keeps a number of pods. */
export const replicaColumns: Column<Replicated>[] = [
  {
    name: 'Desired',
    type: 'integer',
    description: 'How many pods are wanted.',
    cell: ({ spec }) => spec?.replicas ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'How many pods there are.',
    cell: ({ status }) => status?.replicas ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'How many pods are ready.',
    cell: ({ status }) => status?.readyReplicas ?? 0,
  },
]

/** `2/3`: ready of wanted. */
export const readyColumn: Column<Replicated> = {
  name: 'Ready',
  type: 'string',
  description: 'Ready pods of those wanted.',
  cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
}

interface Templated {
  spec?: { template?: PodTemplate }
}

interface PodTemplate {
  spec?: { containers?: { name: string; image?: string }[] }
}

/** `Containers` and `Images` of a pod template, wherever a kind keeps it. */
export function containerColumns<T>(
  templateOf: (object: T) => PodTemplate | undefined,
  priority: number,
): Column<T>[] {
  const joined = (object: T, text: (container: { name: string; image?: string }) => string) =>
    (templateOf(object)?.spec?.containers ?? []).map(text).join(',')
  return [
    {
      name: 'Containers',
      type: 'string',
      priority,
      description: 'The names of the containers in the template.',
      cell: (object) => joined(object, ({ name }) => name),
    },
    {
      name: 'Images',
      type: 'string',
      priority,
      description: 'The images of the containers in the template.',
      cell: (object) => joined(object, ({ image }) => image ?? ''),
    },
  ]
}

/** The same of `spec.template`, for `-o wide`. */
export const templateColumns = containerColumns<Templated>(({ spec }) => spec?.template, 1)
