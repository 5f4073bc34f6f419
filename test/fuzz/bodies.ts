/** Bodies of requests: made up, or bent from what was taken before; and patches of every sort. */

import type { Chance } from './chance.ts'
import { collectionOf, type Grammar, type Operation } from './grammar.ts'
import { bendOnePlace, bent, isObject, jsonText } from './json.ts'
import type { Memory } from './memory.ts'
import { protobufBody } from './protobuf.ts'
import { Values } from './values.ts'
import { yamlText } from './yaml.ts'

export interface Body {
  contentType: string
  bytes: Buffer
}

const contentTypes = [
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  '',
]
const patchTypes = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+yaml',
]

export class Bodies {
  readonly #chance: Chance
  readonly #grammar: Grammar
  readonly #memory: Memory
  readonly #values: Values

  constructor(chance: Chance, grammar: Grammar, memory: Memory) {
    this.#chance = chance
    this.#grammar = grammar
    this.#memory = memory
    this.#values = new Values(chance, grammar)
  }

  /** @param name whom the body names, most of the time */
  whole(operation: Operation, name: string): Body | undefined {
    const { body, kind, method } = operation
    const chance = this.#chance
    if (!body || (method === 'DELETE' && chance.of(0.7))) return undefined
    const contentType = chance.pick(contentTypes)
    if (contentType.endsWith('protobuf') && kind && chance.of(0.9))
      return { contentType, bytes: protobufBody(chance, kind, name) }
    const value = this.#known(operation) ?? this.#values.of(body, 0)
    if (isObject(value) && kind && chance.of(0.95)) this.#identify(value, operation, name)
    return this.#encoded(value, contentType)
  }

  patch(operation: Operation, name: string): Body {
    const chance = this.#chance
    const contentType = chance.pick(patchTypes)
    if (contentType === 'application/json-patch+json')
      return this.#encoded(
        chance.some(4, () => this.#jsonPatchOperation()),
        contentType,
      )
    const schema = this.#grammar.schemas.get(this.#schemaOf(operation) ?? '')
    const made = schema ? this.#values.of(schema, 1) : { metadata: { labels: { a: 'b' } } }
    const value = this.#known(operation) ?? made
    if (isObject(value)) {
      if (operation.kind && chance.of(contentType.includes('apply') ? 0.95 : 0.3))
        this.#identify(value, operation, name)
      if (contentType.includes('strategic') && chance.of(0.3)) this.#direct(value)
      if (chance.of(0.1)) value.spec = null
    }
    return this.#encoded(value, contentType)
  }

  /** What the server had, with one or two places changed. */
  #known(operation: Operation): Record<string, unknown> | undefined {
    const chance = this.#chance
    const object = chance.of(0.6) ? this.#memory.object(collectionOf(operation)) : undefined
    if (!object) return undefined
    for (let left = chance.below(3); left > 0; left--) bendOnePlace(chance, object)
    return object
  }

  /** Most bodies are of the kind that is expected, and have a name. */
  #identify(value: Record<string, unknown>, { kind, path }: Operation, name: string): void {
    const chance = this.#chance
    const { group, version, kind: word } = kind!
    value.apiVersion = group === '' ? version : `${group}/${version}`
    value.kind = word
    const metadata = isObject(value.metadata) ? value.metadata : {}
    for (const field of ['uid', 'resourceVersion', 'managedFields', 'namespace'])
      if (chance.of(0.9)) delete metadata[field]
    metadata.name = name
    if (path.includes('{namespace}') && chance.of(0.3)) metadata.namespace = 'default'
    // An object that cannot be deleted keeps its name for the rest of the run.
    if (chance.of(0.8)) delete metadata.finalizers
    value.metadata = metadata
  }

  /** The definition that a kind is of: patches have no schema of their own. */
  #schemaOf({ kind }: Operation): string | undefined {
    if (!kind) return undefined
    for (const name of this.#grammar.schemas.keys())
      if (name.endsWith(`.${kind.version}.${kind.kind}`)) return name
    return undefined
  }

  #direct(value: Record<string, unknown>): void {
    const chance = this.#chance
    value.$patch = chance.pick(['replace', 'delete', 'merge', 'what', 1])
    if (chance.of(0.3)) value['$setElementOrder/containers'] = [{ name: 'a' }, 1, null]
    if (chance.of(0.3)) value['$deleteFromPrimitiveList/finalizers'] = ['x', {}]
    if (chance.of(0.3)) value.$retainKeys = ['a', null]
  }

  #jsonPatchOperation(): unknown {
    const chance = this.#chance
    const op = chance.pick(['add', 'remove', 'replace', 'test', 'copy', 'move', 'what'])
    const operation: Record<string, unknown> = { op, path: chance.pick(pointers) }
    if (chance.of(0.8)) operation.value = bent(chance)
    if (op === 'copy' || op === 'move')
      operation.from = chance.pick(['', '/metadata', '/x', '/spec'])
    return chance.of(0.03) ? bent(chance) : operation
  }

  #encoded(value: unknown, contentType: string): Body {
    const chance = this.#chance
    const yaml = contentType.endsWith('yaml') && chance.of(0.5)
    const text = yaml ? yamlText(chance, value) : jsonText(chance, value)
    return { contentType, bytes: Buffer.from(text) }
  }
}

const pointers = [
  '/metadata/labels/a',
  '/spec',
  '/spec/replicas',
  '/metadata/annotations',
  '/metadata/managedFields/0',
  '/spec/containers/0',
  '/spec/containers/-',
  '/spec/containers/-1',
  '/spec/ports/00',
  '/__proto__/x',
  '/metadata/~01',
  '/metadata/~2',
  '',
  'spec',
  '/metadata/name',
  '/constructor/prototype/x',
]
