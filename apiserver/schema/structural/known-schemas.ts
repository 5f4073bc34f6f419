/**
 * Schemas that this process has read before: a structure never changes, and its compiled rules hang on it, so whoever
 * declares the same shares it. That is another version with the same schema, the same definition with another status,
 * and in tests the same kind on hundreds of servers.
 */

import type { JsonSchemaProps } from './definition.ts'
import { type Structural, structuralOf } from './structural.ts'

/** What was asked for longest ago goes first. */
const maxKnown = 64
/** Longer ones are read anew each time; in characters. */
const longestKnown = 32 << 10

const known = new Map<string, Structural>()

/** @throws SchemaError, PatternError */
export function knownStructural(schema: JsonSchemaProps): Structural {
  const text = JSON.stringify(schema)
  const structure = known.get(text) ?? structuralOf(schema)
  if (text.length > longestKnown) return structure
  known.delete(text)
  known.set(text, structure)
  if (known.size > maxKnown) forgetOldest()
  return structure
}

function forgetOldest(): void {
  for (const text of known.keys()) {
    known.delete(text)
    return
  }
}
