/** Formats in a definition's schemas that are not checked: whoever wrote them may think otherwise. */

import type { DefinitionVersion, JsonSchemaProps } from './definition.ts'
import { isKnownFormat } from './formats.ts'
import { innerSchemas } from './inner-schemas.ts'

/** More warnings than these are of use to nobody. */
const maximumFormats = 10

/** Each once, in the order in which they are met. */
export function unrecognizedFormats(versions: readonly DefinitionVersion[]): string[] {
  const found = new Set<string>()
  const visit = (schema: JsonSchemaProps): void => {
    const { format, type = '' } = schema
    if (found.size >= maximumFormats) return
    if (format && !isKnownFormat(type, format)) found.add(format)
    for (const inner of innerSchemas(schema)) visit(inner)
  }
  for (const { schema } of versions) if (schema?.openAPIV3Schema) visit(schema.openAPIV3Schema)
  return [...found]
}
