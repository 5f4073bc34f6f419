/**
 * Whether two plain JSON values mean the same: an empty list is the same as none, the order of keys and the prototype
 * of an object do not matter. An empty object is not the same as none: a selector of all is not no selector.
 * Quantities are compared as text: defaulting brings them to one form.
 */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b)
  if (Array.isArray(a))
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => semanticallyEqual(item, b[index]))
    )
  if (typeof a !== 'object' || typeof b !== 'object' || Array.isArray(b)) return false
  return differingKeys(a as object, b as object).length === 0
}

/** The keys under which two objects do not mean the same, sorted. */
export function differingKeys(a: object, b: object): string[] {
  const left = new Map<string, unknown>(Object.entries(a))
  const right = new Map<string, unknown>(Object.entries(b))
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => !semanticallyEqual(left.get(key), right.get(key)))
    .sort()
}

/**
 * Where two values differ, as paths below `path`, at most `limit` of them. It goes into objects, and into lists of
 * the same length; anything else that differs is told as a whole.
 */
export function differences(a: unknown, b: unknown, path: string, limit = 10): string[] {
  if (limit <= 0 || semanticallyEqual(a, b)) return []
  const found: string[] = []
  const goInto = (left: unknown, right: unknown, at: string) =>
    found.push(...differences(left, right, at, limit - found.length))
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, item] of a.entries()) goInto(item, b[index], `${path}[${index}]`)
    return found
  }
  if (!isRecord(a) || !isRecord(b)) return [path]
  for (const key of differingKeys(a, b))
    goInto(ownValue(a, key), ownValue(b, key), `${path}.${key}`)
  return found
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const ownValue = (record: Record<string, unknown>, key: string) =>
  Object.hasOwn(record, key) ? record[key] : undefined

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)
