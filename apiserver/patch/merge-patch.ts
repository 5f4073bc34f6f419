/**
 * RFC 7386: an object merges into an object, null removes, everything else replaces. What custom resources are
 * patched with, and what knows nothing of lists, except that the API takes nulls out of the objects in them too.
 */

import { cloneJson, setOwn } from '../../api/json-text.ts'
import { isObject, type JsonObject } from './json-value.ts'

/**
 * A patched copy of `target`, which is left alone and not shared. Any patch applies to any target.
 *
 *     applyMergePatch({ a: 1, b: { c: 2 } }, { a: null, b: { d: 3 } }) // { b: { c: 2, d: 3 } }
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => applyMergePatch(undefined, item))
  if (!isObject(patch)) return cloneJson(patch)
  const result: JsonObject = {}
  const base = isObject(target) ? target : {}
  for (const key of Object.keys(base))
    if (!Object.hasOwn(patch, key)) setOwn(result, key, cloneJson(base[key]))
    else if (patch[key] !== null) setOwn(result, key, applyMergePatch(base[key], patch[key]))
  for (const key of Object.keys(patch))
    if (!Object.hasOwn(base, key) && patch[key] !== null)
      setOwn(result, key, applyMergePatch(undefined, patch[key]))
  return result
}
