/** What can be changed on its way in: not what is deleted. */

import { type FieldErrors, notSupported } from '../field-errors.ts'
import type { Rule } from './rule-validation.ts'

const mutable = ['*', 'CONNECT', 'CREATE', 'UPDATE']

export function* validateMutableOperations(rules: Rule[] | undefined, field: string): FieldErrors {
  for (const { operations = [] } of rules ?? [])
    for (const operation of operations)
      if (!mutable.includes(operation)) yield notSupported(field, operation, mutable)
}
