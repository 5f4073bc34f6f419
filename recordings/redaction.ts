/**
 * What never gets into a recording, and what may be kept out of one. Secrets never do, nor what kubectl wrote down of
 * them elsewhere; the values of environment variables are blanked where that is asked for, as in a recording that goes
 * with a bug report. What commands, arguments and logs say stays. Pure.
 */

import type { KubernetesObject } from '../api/object.ts'
import type { Line } from './recording.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Different values that are told apart; the rest look alike. */
const maxValues = 10_000
/** What lies deeper in an object is left out: no API server takes such an object. */
const maxDepth = 100

/** Of whatever group: others keep secrets in kinds of that name as well. */
export const isSecret = ({ kind }: KubernetesObject): boolean => /^secret(list)?$/i.test(kind ?? '')

export interface RedactionOptions {
  /** Values of environment variables become `redacted-1`, `redacted-2` ...: the same for the same value. */
  env?: boolean
}

/** One for a whole recording, so that what was equal stays equal: two templates that differ do so afterwards. */
export class Redaction {
  readonly #env: boolean
  readonly #values = new Map<string, string>()

  constructor({ env = false }: RedactionOptions = {}) {
    this.#env = env
  }

  /** `undefined` where nothing of it may be kept. */
  line(line: Line): Line | undefined {
    switch (line.type) {
      case 'KEYFRAME':
        return { ...line, objects: line.objects.flatMap((each) => this.object(each) ?? []) }
      case 'PUT':
      case 'DELETE': {
        const object = this.object(line.object)
        return object && (object === line.object ? line : { ...line, object })
      }
      case 'HEADER':
        return { ...line, resources: line.resources.filter((each) => !/^secrets(\.|$)/.test(each)) }
      case 'LOG':
      case 'MARK':
      case 'END':
        return line
      default:
        return line satisfies never
    }
  }

  /** The object itself where nothing has to be changed. */
  object(object: KubernetesObject): KubernetesObject | undefined {
    if (isSecret(object)) return undefined
    const told = this.#applied(object)
    return this.#env ? (this.#blank(told, 0) as KubernetesObject) : told
  }

  /** What was applied may have been anything, a Secret too: it stays where it can be read and speaks of none. */
  #applied(object: KubernetesObject): KubernetesObject {
    const { annotations } = object.metadata
    if (!annotations || !Object.hasOwn(annotations, lastApplied)) return object
    const { [lastApplied]: text, ...others } = annotations
    const kept = this.#appliedText(text)
    if (kept === text) return object
    const told = kept === undefined ? others : { ...others, [lastApplied]: kept }
    return { ...object, metadata: { ...object.metadata, annotations: told } }
  }

  #appliedText(text: unknown): string | undefined {
    if (typeof text !== 'string') return undefined
    let applied: unknown
    try {
      applied = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return undefined
    }
    if (speaksOfSecrets(applied, 0)) return undefined
    return this.#env ? JSON.stringify(this.#blank(applied, 0)) : text
  }

  /** Wherever it stands: pods, templates, custom resources with templates of their own. */
  #blank(value: unknown, depth: number, key = ''): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (depth > maxDepth) return undefined
    if (Array.isArray(value))
      return value.map((item) =>
        key === 'env' ? this.#variable(item) : this.#blank(item, depth + 1),
      )
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [name, this.#blank(field, depth + 1, name)]),
    )
  }

  #variable(item: unknown): unknown {
    if (typeof item !== 'object' || item === null || !Object.hasOwn(item, 'value')) return item
    const { value } = item as { value: unknown }
    return { ...item, value: value === '' ? '' : this.#pseudonym(JSON.stringify(value)) }
  }

  #pseudonym(value: string): string {
    const known = this.#values.get(value)
    if (known) return known
    if (this.#values.size >= maxValues) return 'redacted'
    const name = `redacted-${this.#values.size + 1}`
    this.#values.set(value, name)
    return name
  }
}

function speaksOfSecrets(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth > maxDepth) return true
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown }
  // A reference of kind Secret has no apiVersion of its own, and says only a name.
  if (isSecret({ kind: String(kind), metadata: {} }) && apiVersion !== undefined) return true
  return Object.values(value).some((field) => speaksOfSecrets(field, depth + 1))
}
