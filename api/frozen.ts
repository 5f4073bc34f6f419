/** Objects that many read are frozen where nobody may change them unnoticed. Nothing is copied here. */

/** The same, which nobody can change any more: not itself and not what is in it. One that is frozen is so throughout. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) frozen(inner)
  return value
}
