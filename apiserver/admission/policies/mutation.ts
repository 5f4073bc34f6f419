/** What a mutation of a policy makes of an object: merged as apply merges, or patched by JSON Patch. */

import { cloneJson } from '../../../api/json-text.ts'
import type { KubernetesObject } from '../../../api/object.ts'
import { builtInType } from '../../apply/built-in-types.ts'
import { problemsOf, problemText } from '../../apply/conformance.ts'
import { TypeMismatch } from '../../apply/elements.ts'
import { typeOf } from '../../apply/kinds.ts'
import { merge } from '../../apply/merge.ts'
import { CelRuntimeError } from '../../cel/cel.ts'
import { toJson } from '../../cel/json.ts'
import { CelList, CelObject, type Value } from '../../cel/values.ts'
import { StatusError } from '../../http/status.ts'
import { applyJsonPatch } from '../../patch/json-patch.ts'
import type { MergeType } from '../../schema/merge-type.ts'
import type { Form } from '../form.ts'
import { EvaluationError } from './evaluation.ts'
import { misplacedType } from './mutation-types.ts'

/** A new object; what it shares with the form's is not to be changed. @throws EvaluationError */
export function mutated(
  type: 'ApplyConfiguration' | 'JSONPatch',
  value: Value,
  form: Form & { object: KubernetesObject },
): object {
  try {
    return type === 'JSONPatch' ? patched(value, form.object) : applied(value, form)
  } catch (error) {
    if (error instanceof CelRuntimeError || error instanceof StatusError)
      throw new EvaluationError(error.message)
    throw error
  }
}

function applied(value: Value, form: Form & { object: KubernetesObject }): object {
  // First: it bounds how large a thing may be that is made of few parts again and again.
  const made = toJson(value) as object
  const misplaced = misplacedType(value)
  if (misplaced !== undefined) throw new EvaluationError(`type mismatch: ${misplaced}`)
  const { object } = form
  const { apiVersion, kind } = object
  const config = { ...made, apiVersion, kind }
  const type = mergeTypeOf(form)
  const problems = problemsOf(config, type)
  if (problems.length > 0)
    throw new EvaluationError(
      `error applying patch: failed to convert patch object to typed object: ${problemText(problems)}`,
    )
  const atomics = [...atomicPaths(config, type, '')]
  if (atomics.length > 0)
    throw new EvaluationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    )
  try {
    return merge(object, config, type) as object
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error
    throw new EvaluationError(`error applying patch: failed to merge patch: ${error.message}`)
  }
}

/** Of the object itself, or of what its subresource takes. */
function mergeTypeOf({ kind, resource }: Form): MergeType {
  const { schema } = kind as { schema?: string }
  return kind === resource || schema === undefined ? typeOf(resource) : builtInType(schema)
}

/** Lists and objects that would be replaced whole: whoever names a part of one would lose the rest. */
function* atomicPaths(
  value: unknown,
  known: MergeType | undefined,
  path: string,
): Generator<string> {
  if (typeof value !== 'object' || value === null || !known) return
  switch (known.kind) {
    case 'atomic':
      yield path
      return
    case 'struct':
      for (const [name, inner] of Object.entries(value))
        yield* atomicPaths(inner, known.field(name) ?? known.rest, `${path}.${name}`)
      return
    case 'list':
      if (Array.isArray(value))
        for (const [index, item] of value.entries())
          yield* atomicPaths(item, known.items, `${path}[${index}]`)
      return
    case 'map':
    case 'set':
    case 'deduced':
      return
    default:
      known satisfies never
  }
}

function patched(value: Value, object: KubernetesObject): object {
  if (!(value instanceof CelList))
    throw new EvaluationError('type mismatch: JSONPatchType.expression should evaluate to array')
  const operations = [...value].map(operation)
  try {
    return applyJsonPatch(cloneJson(object), operations) as object
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    // A test that fails means that nothing is to be done.
    if (error.code === 422) return object
    throw new EvaluationError(`JSONPath: ${error.message}`)
  }
}

function operation(item: Value): object {
  if (!(item instanceof CelObject))
    throw new EvaluationError(
      'type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch',
    )
  const misplaced = misplacedPart(item.get('value') ?? null)
  if (misplaced !== undefined) throw new EvaluationError(`type mismatch: ${misplaced}`)
  const { op = '', path = '', from, value: given } = toJson(item) as Record<string, unknown>
  return {
    op,
    path,
    ...(from !== undefined && { from }),
    ...(given !== undefined && { value: given }),
  }
}

/** A part of an object says itself where it stands. */
const misplacedPart = (value: Value) =>
  value instanceof CelObject ? misplacedType(value, value.type.name) : undefined
