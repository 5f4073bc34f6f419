/** The schema builder: all that declaring a kind takes. */

export {
  ArraySchema,
  array,
  type Fields,
  listMap,
  MapSchema,
  map,
  ObjectSchema,
  object,
} from './compound.ts'
export type { JsonSchema } from './json-schema.ts'
export { KindError } from './kind-error.ts'
export {
  anything,
  type Condition,
  conditions,
  dateTime,
  duration,
  embedded,
  intOrString,
  podTemplate,
  quantity,
  unknownFields,
} from './kubernetes-types.ts'
export { type RuleText, rule, type ValidationRule } from './rule.ts'
export {
  bool,
  enumeration,
  int,
  literal,
  NumberSchema,
  number,
  StringSchema,
  string,
} from './scalars.ts'
export { type OutputOf, Schema, type Typed, type WrittenOf } from './schema.ts'
export { union } from './union.ts'
export { fromVendor, type ToJsonSchema } from './vendor.ts'
