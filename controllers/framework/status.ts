/**
 * What a run says of its primary object's status, collected until the run ends. It knows how conditions keep their
 * times; it sends nothing.
 */

import type { KubernetesObject } from '../../api/object.ts'
import { type Clock, time } from '../../ports/clock.ts'
import { plain } from './apply.ts'
import type { StatusWords } from './context.ts'
import type { Kind } from './kind.ts'

interface Condition {
  type: string
  status: string
  reason: string
  message: string
  lastTransitionTime: string
  observedGeneration?: number
}

type Fields = Record<string, unknown>

export class StatusDraft {
  readonly #kind: Kind
  readonly #object: KubernetesObject | undefined
  readonly #clock: Clock
  readonly #conditions = new Map<string, Condition>()
  #fields: Fields | undefined

  /** @param object as the run was handed it; nothing can be said of one that is gone */
  constructor(kind: Kind, object: KubernetesObject | undefined, clock: Clock) {
    this.#kind = kind
    this.#object = object
    this.#clock = clock
  }

  readonly writer: StatusWords<unknown, string> = Object.assign(
    (fields: unknown) => {
      this.#subject()
      this.#fields = { ...this.#fields, ...(fields as Fields) }
    },
    {
      condition: (type: string, holds: boolean | 'Unknown', reason: string, message = '') =>
        this.#setCondition(type, holds, reason, message),
    },
  )

  /**
   * The whole status that was said, or `undefined` when nothing was.
   * @param base what stays of an earlier word, where this run could not finish speaking
   */
  words(base?: unknown): Fields | undefined {
    if (!this.#fields && this.#conditions.size === 0) return undefined
    const said: Fields = { ...(base as Fields), ...this.#fields }
    if (this.#conditions.size > 0) {
      const all = new Map(conditionsOf(base).map((condition) => [condition.type, condition]))
      for (const condition of conditionsOf(this.#fields)) all.set(condition.type, condition)
      for (const condition of this.#conditions.values()) all.set(condition.type, condition)
      said.conditions = [...all.values()]
    }
    const { generation } = this.#subject().metadata
    if (generation !== undefined && isObserved(statusSchema(this.#kind)))
      said.observedGeneration = generation
    return plain(said)
  }

  #setCondition(type: string, holds: boolean | 'Unknown', reason: string, message: string): void {
    const status = holds === 'Unknown' ? holds : holds ? 'True' : 'False'
    const object = this.#subject()
    const known = conditionsOf(object.status).find((condition) => condition.type === type)
    const { generation } = object.metadata
    const observed = generation !== undefined && conditionsObserve(this.#kind)
    this.#conditions.set(type, {
      type,
      status,
      reason,
      message,
      lastTransitionTime:
        known?.status === status ? known.lastTransitionTime : time(this.#clock.now()),
      ...(observed ? { observedGeneration: generation } : {}),
    })
  }

  #subject(): KubernetesObject {
    if (this.#object) return this.#object
    throw new Error(`this ${this.#kind.kind} is gone: it has no status any more`)
  }
}

const conditionsOf = (status: unknown): Condition[] => {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  return Array.isArray(conditions) ? (conditions as Condition[]) : []
}

interface Schema {
  properties?: Record<string, Schema>
  items?: Schema
}

/** The schema of the status, where the kind was defined with one. */
function statusSchema(kind: Kind): Schema | undefined {
  const { versions } = kind as Kind & { versions?: { name: string; schema: Schema }[] }
  const version = versions?.find(({ name }) => name === kind.version)
  return version?.schema.properties?.status
}

const isObserved = (schema: Schema | undefined): boolean =>
  schema?.properties !== undefined && Object.hasOwn(schema.properties, 'observedGeneration')

/** Kubernetes' own kinds have conditions of many forms; everybody else's are as `metav1.Condition`. */
function conditionsObserve(kind: Kind): boolean {
  const conditions = statusSchema(kind)?.properties?.conditions
  if (conditions) return isObserved(conditions.items)
  return kind.group.includes('.') && !kind.group.endsWith('.k8s.io')
}
