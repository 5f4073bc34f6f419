/**
 * `allOf` and `$ref`: all that is said elsewhere is said where it stands, so that types stand outside of alternatives
 * and nothing refers to anything.
 */

import { KindError } from '../kind-error.ts'
import { sameSchema } from '../same-schema.ts'
import type { Place, SourceSchema } from './source.ts'

interface Joined {
  source: SourceSchema
  /** The references that were followed on the way. */
  following: readonly string[]
}

export function joined(source: SourceSchema, place: Place): Joined {
  const { $ref, allOf = [], ...beside } = source
  const start: Joined = { source: beside, following: place.following }
  const parts = $ref === undefined ? allOf : [referred($ref, place), ...allOf]
  const following = $ref === undefined ? place.following : [...place.following, $ref]
  return parts.reduce((whole: Joined, part) => {
    const more = joined(part, { ...place, following })
    return {
      source: join(whole.source, more.source, place),
      following: [...new Set([...whole.following, ...following, ...more.following])],
    }
  }, start)
}

/** What a reference refers to, which no recursion has an end for. */
function referred(reference: string, { path, root, following }: Place): SourceSchema {
  if (following.includes(reference))
    throw new KindError(
      path,
      'contains itself, and a structural schema is finite: cut it with anything() or unknownFields()',
    )
  if (reference !== '#' && !reference.startsWith('#/'))
    throw new KindError(path, `refers to ${reference}, outside of the schema: inline it`)
  let target: unknown = root
  for (const part of reference.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    const parts = target as Record<string, unknown> | undefined
    target = parts && Object.hasOwn(parts, key) ? parts[key] : undefined
  }
  if (target === undefined)
    throw new KindError(path, `refers to ${reference}, which is not there: inline it`)
  return target as SourceSchema
}

function join(whole: SourceSchema, part: SourceSchema, place: Place): SourceSchema {
  const merged: Record<string, unknown> = { ...whole }
  for (const [keyword, value] of Object.entries(part))
    if (keyword === 'pattern' && merged.pattern !== undefined && merged.pattern !== value)
      merged.morePatterns = [...((merged.morePatterns as string[]) ?? []), value]
    else merged[keyword] = bothSay(keyword, merged[keyword], value, place)
  return merged
}

/** Where both say something: what holds when both hold. */
function bothSay(keyword: string, a: unknown, b: unknown, place: Place): unknown {
  if (a === undefined || sameSchema(a, b)) return b
  if (['description', 'title', '$schema', 'default'].includes(keyword)) return a
  if (keyword === 'required') return [...new Set([...(a as string[]), ...(b as string[])])]
  if (keyword === 'properties') return joinedProperties(a as Parts, b as Parts)
  if (keyword === 'additionalProperties') return bothOthers(a as Others, b as Others)
  if (keyword === 'x-kubernetes-validations') return [...(a as unknown[]), ...(b as unknown[])]
  if (/^(minimum|min[A-Z])/.test(keyword)) return Math.max(a as number, b as number)
  if (/^(maximum|max[A-Z])/.test(keyword)) return Math.min(a as number, b as number)
  if (keyword === 'type' && a === 'integer' && b === 'number') return a
  if (keyword === 'type' && a === 'number' && b === 'integer') return b
  if (keyword === 'enum')
    return (a as unknown[]).filter((value) => (b as unknown[]).includes(value))
  throw new KindError(
    place.path,
    `its parts say different things of ${keyword}, and the server wants one: write it as one schema`,
  )
}

type Parts = Readonly<Record<string, SourceSchema>>
type Others = boolean | SourceSchema

const joinedProperties = (a: Parts, b: Parts): Parts =>
  Object.fromEntries([
    ...Object.entries(a),
    ...Object.entries(b).map(([name, part]) => {
      const own = Object.hasOwn(a, name) ? a[name] : undefined
      return [name, own ? { allOf: [own, part] } : part] as const
    }),
  ])

function bothOthers(a: Others, b: Others): Others {
  if (a === false || b === false) return false
  if (a === true) return b
  return b === true ? a : { allOf: [a, b] }
}
