/** What differs between two JSON values, field by field; items of lists go by their names. Pure. */

export interface Difference {
  /** `spec.containers[app].image`. */
  path: string
  /** `undefined` where the field is absent. */
  before: unknown
  after: unknown
}

/** In the order of paths. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (Object.is(before, after)) return []
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  if (!old || !now || Array.isArray(before) !== Array.isArray(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }]
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  return names.flatMap((name) => differences(old.get(name), now.get(name), joined(path, name)))
}

/** Whether there is a field at a path, as `differences` tells them. */
export function hasField(value: unknown, path: string, at = ''): boolean {
  for (const [name, field] of fieldsOf(value) ?? []) {
    const here = joined(at, name)
    if (here === path || (isWithin(path, here) && hasField(field, path, here))) return true
  }
  return false
}

/** `spec.template.spec` is within `spec.template`, and so is `spec.template` itself. */
export const isWithin = (path: string, whole: string): boolean =>
  path === whole || (path.startsWith(whole) && '.['.includes(path.charAt(whole.length)))

const joined = (path: string, name: string): string =>
  name.startsWith('[') || path === '' ? path + name : `${path}.${name}`

/** What names an item of a list, the first of them that all items have. */
const keys = ['name', 'mountPath', 'containerPort', 'ip', 'key'] as const

/** `undefined` for what has no fields. Keys with dots or slashes stand in quotes. */
function fieldsOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value))
    return new Map(Object.entries(value).map(([name, field]) => [quoted(name), field]))
  const items: unknown[] = value
  const key = keys.find((each) => isKey(items, each))
  return new Map(
    items.map((item, index) => [`[${key ? (item as Record<string, unknown>)[key] : index}]`, item]),
  )
}

function isKey(items: readonly unknown[], key: string): boolean {
  const names = items.map((item) =>
    typeof item === 'object' && item !== null && Object.hasOwn(item, key)
      ? (item as Record<string, unknown>)[key]
      : undefined,
  )
  return names.every((name) => name !== undefined) && new Set(names).size === names.length
}

const quoted = (name: string): string => (/^[\w-]+$/.test(name) ? name : `["${name}"]`)
