/**
 * What a version of a custom resource brings in place of a built-in definition. Made from its CustomResourceDefinition;
 * the registry, apply and OpenAPI go by it and know nothing of CRDs.
 */

import type { KubernetesObject } from '../../api/object.ts'
import type { Examination } from '../resources/resource.ts'
import type { MergeType } from './merge-type.ts'

export interface CustomSchema {
  /**
   * A copy without the fields that the schema does not know, times and the like in `metadata` in canonical form.
   * `problems` names what was dropped and what was repeated: `unknown field "spec.foo"`.
   * @param repeats keys as written, of the objects in which one stands twice
   * @throws StructureError for metadata of the wrong types
   */
  decode(
    value: Record<string, unknown>,
    repeats?: ReadonlyMap<object, readonly string[]>,
  ): { object: KubernetesObject; problems: string[] }
  /** Fills in the schema's defaults. Idempotent. @throws DefaultsError where they are too many; it is half done then */
  default(object: KubernetesObject): void
  /**
   * What is wrong with it: schema, list types, rules. What did not change is let pass. Others have a turn in between.
   * @param old absent on create
   * @param warn told what rules have against what they let pass
   */
  validate(
    object: KubernetesObject,
    old: KubernetesObject | undefined,
    warn?: (text: string) => void,
  ): Examination
  /** By which apply merges; `apiVersion`, `kind` and `metadata` included. */
  readonly mergeType: MergeType
  /** The schema as the OpenAPI documents publish it, `apiVersion`, `kind` and `metadata` included. */
  openApi(dialect: 'v2' | 'v3'): Record<string, unknown>
}
