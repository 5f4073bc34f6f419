/** Unions of our own: which fields an object has depends on one of them. */

import type { Fields } from './compound.ts'
import { KindError } from './kind-error.ts'
import { mergeMembers } from './members.ts'
import { fieldOf } from './path.ts'
import { type Flat, type OutputOf, Schema, type Typed, type WrittenOf } from './schema.ts'
import { schemaAt } from './schema-at.ts'

/** The types of the members, told apart by `Discriminator`. */
type MemberOutputs<Discriminator extends string, Members extends Fields> = {
  [Value in keyof Members & string]: Flat<
    { [Key in Discriminator]: Value } & OutputOf<Members[Value]>
  >
}[keyof Members & string]
type MemberInputs<Discriminator extends string, Members extends Fields> = {
  [Value in keyof Members & string]: Flat<
    { [Key in Discriminator]: Value } & WrittenOf<Members[Value]>
  >
}[keyof Members & string]

/**
 * An object whose other fields depend on one of them. In the definition all fields of all members stand side by side,
 * optional, and rules say which belong to which; so a field that several members have must be the same in all of them.
 *
 *     union('type', {
 *       Recreate: object({}),
 *       RollingUpdate: object({ maxSurge: intOrString() }),
 *     })                          // { type: 'Recreate' } | { type: 'RollingUpdate', maxSurge: number | string }
 */
export const union = <
  const Discriminator extends string,
  const Members extends Readonly<Record<string, Typed>>,
>(
  discriminator: Discriminator,
  members: Members,
): Schema<MemberOutputs<Discriminator, Members>, MemberInputs<Discriminator, Members>> =>
  new Schema({
    optional: false,
    keywords: {},
    parts: (path) =>
      mergeMembers(
        discriminator,
        Object.entries(members).map(([value, member]) => ({
          values: [value],
          json: memberAt(member, discriminator, `${path}(${value})`),
        })),
        path,
      ),
  })

function memberAt(member: Typed, discriminator: string, path: string) {
  const { json } = schemaAt(member, path)
  if (json.type !== 'object' || json.additionalProperties)
    throw new KindError(path, 'a member of a union must be an object with named fields')
  if (fieldOf(json, discriminator))
    throw new KindError(path, `has the field ${discriminator} by itself: leave it out`)
  return json
}
