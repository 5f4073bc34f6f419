/** `allOf`: all that its parts say is said where it stands, so that types stand outside of it. */

import { KindError } from '../kind-error.ts'
import { sameSchema } from '../same-schema.ts'
import type { Place, SourceSchema } from './source.ts'

export function joined({ allOf = [], ...beside }: SourceSchema, place: Place): SourceSchema {
  return allOf.reduce((whole: SourceSchema, part) => join(whole, part, place), beside)
}

function join(whole: SourceSchema, part: SourceSchema, place: Place): SourceSchema {
  const { allOf, ...beside } = part
  const flat = allOf ? joined({ ...beside, allOf }, place) : part
  const merged: Record<string, unknown> = { ...whole }
  for (const [keyword, value] of Object.entries(flat))
    if (keyword === 'pattern' && merged.pattern !== undefined && merged.pattern !== value)
      merged.morePatterns = [...((merged.morePatterns as string[]) ?? []), value]
    else merged[keyword] = bothSay(keyword, merged[keyword], value, place)
  return merged
}

/** Where both say something: what holds when both hold. */
function bothSay(keyword: string, a: unknown, b: unknown, place: Place): unknown {
  if (a === undefined || sameSchema(a, b)) return b
  if (keyword === 'required') return [...new Set([...(a as string[]), ...(b as string[])])]
  if (keyword === 'properties') return joinedProperties(a as Parts, b as Parts)
  if (keyword === 'additionalProperties') return a === false || b === false ? false : both(a, b)
  if (keyword === 'x-kubernetes-validations') return [...(a as unknown[]), ...(b as unknown[])]
  if (/^minimum$|^min/.test(keyword)) return Math.max(a as number, b as number)
  if (/^maximum$|^max/.test(keyword)) return Math.min(a as number, b as number)
  if (keyword === 'description' || keyword === 'title') return a
  if (keyword === 'enum')
    return (a as unknown[]).filter((value) => (b as unknown[]).includes(value))
  throw new KindError(
    place.path,
    `its parts say different things of ${keyword}, and the server wants one: write it as one schema`,
  )
}

type Parts = Record<string, SourceSchema>

const joinedProperties = (a: Parts, b: Parts): Parts => ({
  ...a,
  ...Object.fromEntries(
    Object.entries(b).map(([name, part]) => {
      const own = Object.hasOwn(a, name) ? a[name] : undefined
      return [name, own && !sameSchema(own, part) ? { allOf: [own, part] } : part]
    }),
  ),
})

const both = (a: unknown, b: unknown): unknown => {
  if (a === true) return b
  return b === true ? a : { allOf: [a, b] }
}
