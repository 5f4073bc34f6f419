/** What others own and an apply would change: refused unless it is forced, and told field by field. */

import { StatusError } from '../http/status.ts'
import { type FieldSet, isEmpty, paths } from './field-set.ts'
import type { ManagerName } from './managers.ts'
import { formatPath } from './path-element.ts'

/** By manager. */
export type Conflicts = readonly { with: ManagerName; id: string; fields: FieldSet }[]

export class ApplyConflict extends Error {
  override name = 'ApplyConflict'
  readonly conflicts: Conflicts

  constructor(conflicts: Conflicts) {
    super('fields that others own would change')
    this.conflicts = conflicts
  }
}

function nameOf({ manager, operation, apiVersion, subresource }: ManagerName): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

/** 409, with a cause for each field. */
export function conflictError(conflicts: Conflicts): StatusError {
  const told = conflicts
    .filter(({ fields }) => !isEmpty(fields))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ with: manager, fields }) => ({
      name: nameOf(manager),
      fields: paths(fields).map(formatPath),
    }))
  const causes = told.flatMap(({ name, fields }) =>
    fields.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${name}`,
      field,
    })),
  )
  const [first] = told
  const text =
    causes.length === 1 && first
      ? `1 conflict: conflict with ${first.name}: ${first.fields[0]}`
      : `${causes.length} conflicts: ${told
          .flatMap(({ name, fields }) => [
            `conflicts with ${name}:`,
            ...fields.map((field) => `- ${field}`),
          ])
          .join('\n')}`
  return new StatusError(409, 'Conflict', `Apply failed with ${text}`, { causes })
}
