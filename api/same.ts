/**
 * Whether two JSON values say the same. A write that changes nothing is not written, so this decides when
 * watchers are told: it is exact, the order of keys aside.
 */

export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false
  if (Array.isArray(one)) return Array.isArray(other) && sameItems(one, other)
  if (Array.isArray(other)) return false
  return sameFields(one as Record<string, unknown>, other as Record<string, unknown>)
}

function sameItems(one: unknown[], other: unknown[]): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (!same(one[at], other[at])) return false
  return true
}

/** A field that is `undefined` is one that is absent: that is how it is stored. */
function sameFields(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  let left = 0
  for (const key in one) {
    if (one[key] === undefined) continue
    if (!Object.hasOwn(other, key) || !same(one[key], other[key])) return false
    left++
  }
  for (const key in other) if (other[key] !== undefined) left--
  return left === 0
}

/** The same for all fields but some. */
export function sameExcept(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  ignored: ReadonlySet<string>,
): boolean {
  for (const key in one)
    if (!ignored.has(key) && one[key] !== undefined && !same(one[key], own(other, key)))
      return false
  for (const key in other)
    if (!ignored.has(key) && other[key] !== undefined && own(one, key) === undefined) return false
  return true
}

const own = (record: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(record, key) ? record[key] : undefined
