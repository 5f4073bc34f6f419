/** Types that Kubernetes' own kinds use and that custom ones share. */

import type { KubernetesObject } from '../../../api/object.ts'
import type { PodTemplateSpec } from '../../../api/types.ts'
import { listMap, object } from './compound.ts'
import type { JsonSchema } from './json-schema.ts'
import { enumeration, int, string } from './scalars.ts'
import { Schema } from './schema.ts'

/** One condition in a status: `metav1.Condition`. */
export interface Condition<Type extends string = string> {
  /** UpperCamelCase, such as `Ready`. */
  type: Type
  status: 'True' | 'False' | 'Unknown'
  /** RFC 3339; when `status` last changed. */
  lastTransitionTime: string
  /** UpperCamelCase, for machines. */
  reason: string
  message: string
  /** The generation that it is about. */
  observedGeneration?: number
}

/**
 * `status.conditions`: one of each type, each owned on its own. They may be absent, as a new object has no status.
 *
 *     status: object({ conditions: conditions() })
 *     status: object({ conditions: conditions('Ready', 'Registered') })
 *
 * @param types those that the controller sets: `kubectl explain` tells of them, and `status.condition` of another one
 *   does not compile. The server takes any.
 */
export const conditions = <const Type extends string = string>(
  ...types: Type[]
): Schema<Condition<Type>[] | undefined> => {
  const list = listOfConditions()
  const told =
    types.length > 0 ? list.describe(`Set by the controller: ${types.join(', ')}.`) : list
  return told.optional() as Schema<Condition<Type>[] | undefined>
}

const listOfConditions = (): Schema<Condition[]> =>
  listMap(
    'type',
    object({
      type: string()
        .max(316)
        .pattern(
          /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
        ),
      status: enumeration('True', 'False', 'Unknown'),
      lastTransitionTime: dateTime(),
      reason: string()
        .min(1)
        .max(1024)
        .pattern(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
      message: string().max(32768),
      observedGeneration: int().min(0).optional(),
    }),
  )

/** A moment, `2026-01-31T12:00:00Z`; a column of it shows its age. */
export const dateTime = () => string().format('date-time')

/** A span of time as Go writes it: `duration().default('1h30m')` */
export const duration = () => string().format('duration')

const field = <T>(keywords: JsonSchema): Schema<T> => new Schema({ keywords, optional: false })

/** An amount, `500m`, `2Gi`, `1`: `quantity().default('64Mi')`. A whole number may be written too. */
export const quantity = (): Schema<string | number> =>
  field({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    pattern:
      '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
    'x-kubernetes-int-or-string': true,
  })

/** `25%` or `3`: `intOrString().default('25%')` */
export const intOrString = (): Schema<number | string> =>
  field({
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
  })

/** Any JSON value, `null` too, kept as it is: `anything<{ raw: string }>()`. */
export const anything = <T = NonNullable<unknown> | null>(): Schema<T> =>
  field({ 'x-kubernetes-preserve-unknown-fields': true, nullable: true })

/** An object whose fields the server does not look at: `unknownFields<{ raw?: string }>()` */
export const unknownFields = <T extends object = Record<string, unknown>>(): Schema<T> =>
  field({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })

/** A whole object of any kind, with `apiVersion`, `kind` and `metadata`: `embedded<ObjectOf<typeof Deployment>>()` */
export const embedded = <T extends object = KubernetesObject>(): Schema<T> =>
  field({
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  })

/** A pod template: its type is known here, its fields are checked when pods are made of it. */
export const podTemplate = (): Schema<PodTemplateSpec> => unknownFields<PodTemplateSpec>()
