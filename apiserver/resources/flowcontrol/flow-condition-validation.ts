/** Conditions of flow schemas and priority levels: of some type, each once. */

import { duplicate, type FieldErrors, required } from '../field-errors.ts'

export function* validateFlowConditions(conditions: { type?: string }[] | undefined): FieldErrors {
  const types = new Set<string>()
  for (const [index, { type = '' }] of (conditions ?? []).entries()) {
    const field = `status.conditions[${index}].type`
    if (types.has(type)) yield duplicate(field, type)
    types.add(type)
    if (type === '') yield required(field, 'must not be empty')
  }
}
