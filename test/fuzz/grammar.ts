/**
 * Requests that are nearly right: made from the server's own OpenAPI documents, then bent. A request that means nothing
 * is refused at the door and tests little; one that is wrong in one place goes far. Everything follows from one source of
 * randomness, so that a seed repeats a run.
 */

import type { Random } from '../../ports/random.ts'
import { evilKeys, evilNumbers, evilTexts } from './evil.ts'

export interface Request {
  method: string
  path: string
  headers: Record<string, string>
  body?: Buffer
}

export interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: string[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  allOf?: Schema[]
  required?: string[]
  default?: unknown
}

export interface Operation {
  method: string
  /** With `{namespace}`, `{name}` and `{path}` in it. */
  path: string
  query: string[]
  body?: Schema
  kind?: { group: string; version: string; kind: string }
}

export interface Grammar {
  operations: Operation[]
  schemas: ReadonlyMap<string, Schema>
}

type Document = {
  paths: Record<string, Record<string, unknown>>
  components?: { schemas?: Record<string, Schema> }
}

const methods = ['get', 'put', 'post', 'patch', 'delete']
/** Written by the server itself as it pleases, or never ending. */
const leftOut = /\/(watch|log|exec|attach|portforward|proxy)(\/|$)/

/** All operations of some OpenAPI v3 documents. */
export function grammarOf(documents: readonly Document[]): Grammar {
  const operations: Operation[] = []
  const schemas = new Map<string, Schema>()
  for (const { paths, components } of documents) {
    for (const [name, schema] of Object.entries(components?.schemas ?? {}))
      schemas.set(name, schema)
    for (const [path, item] of Object.entries(paths))
      if (!leftOut.test(path)) operations.push(...operationsOf(path, item))
  }
  return { operations, schemas }
}

interface OpenApiOperation {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  'x-kubernetes-group-version-kind'?: Operation['kind']
}

function operationsOf(path: string, item: Record<string, unknown>): Operation[] {
  return methods.flatMap((method) => {
    const operation = item[method] as OpenApiOperation | undefined
    if (!operation) return []
    const query = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => name)
    const [content] = Object.values(operation.requestBody?.content ?? {})
    const kind = operation['x-kubernetes-group-version-kind']
    return [{ method: method.toUpperCase(), path, query, body: content?.schema, kind }]
  })
}

const deepest = 7

export class Generator {
  readonly #random: Random
  readonly #grammar: Grammar

  constructor(grammar: Grammar, random: Random) {
    this.#grammar = grammar
    this.#random = random
  }

  request(): Request {
    const operation = this.#pick(this.#grammar.operations)
    const method = this.#chance(0.03)
      ? this.#pick(['OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])
      : operation.method
    const path = this.#path(operation) + this.#query(operation)
    const headers = this.#headers()
    if (operation.method === 'GET') return { method, path, headers }
    if (operation.method === 'PATCH') return { method, path, ...this.#patch(operation, headers) }
    return { method, path, ...this.#body(operation, headers) }
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)]!
  }

  /** Few names, so that requests meet each other's objects. */
  #name(): string {
    if (this.#chance(0.03)) return encoded(this.#pick(evilTexts))
    return this.#pick(['a', 'a', 'a', 'b', 'default'])
  }

  #path({ path }: Operation): string {
    return path
      .replace('{namespace}', () => (this.#chance(0.9) ? 'default' : this.#name()))
      .replace('{name}', () => this.#name())
      .replace('{path}', () => this.#name())
  }

  #query({ query }: Operation): string {
    const parameters = query.flatMap((name) => {
      // A watch lasts until somebody ends it.
      if (name === 'watch' || !this.#chance(0.25)) return []
      return [`${encodeURIComponent(name)}=${encoded(this.#parameter(name))}`]
    })
    if (this.#chance(0.02)) parameters.push(`${encoded(this.#pick(evilKeys))}=${this.#name()}`)
    return parameters.length > 0 ? `?${parameters.join('&')}` : ''
  }

  #parameter(name: string): string {
    if (this.#chance(0.15)) return this.#pick(evilTexts)
    switch (name) {
      case 'labelSelector':
        return this.#pick([
          'a=b',
          'a in (b,c)',
          '!a',
          'a notin (x),b',
          'a>1',
          ',',
          'a in (',
          '=',
          'é=1',
        ])
      case 'fieldSelector':
        return this.#pick([
          'metadata.name=a',
          'metadata.namespace!=x',
          'spec.x=1',
          'a\\,b=c',
          '=',
          '\\',
        ])
      case 'dryRun':
        return this.#pick(['All', 'All', 'None'])
      case 'fieldValidation':
        return this.#pick(['Strict', 'Warn', 'Ignore', 'strict'])
      case 'resourceVersionMatch':
        return this.#pick(['Exact', 'NotOlderThan', 'Exactly'])
      case 'resourceVersion':
        return this.#pick(['0', '1', '99999999999', '-1', '01', 'x', ''])
      case 'continue':
        return this.#pick([
          'x',
          Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a"}').toString('base64url'),
        ])
      case 'propagationPolicy':
        return this.#pick(['Background', 'Foreground', 'Orphan', 'None'])
      case 'force':
      case 'orphanDependents':
      case 'sendInitialEvents':
      case 'allowWatchBookmarks':
        return this.#pick(['true', 'false', '1', 'maybe'])
      default:
        return this.#pick(['1', '0', '-1', '500', 'x', '99999999999999999999'])
    }
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {}
    if (this.#chance(0.2)) headers.Accept = this.#pick(accepts)
    if (this.#chance(0.02)) headers['User-Agent'] = this.#pick(['', 'x'.repeat(500), 'a/b (c)'])
    if (this.#chance(0.02)) headers['If-None-Match'] = '"x"'
    return headers
  }

  #body(
    { body, kind, path, method }: Operation,
    headers: Record<string, string>,
  ): Pick<Request, 'headers' | 'body'> {
    if (!body || (method === 'DELETE' && this.#chance(0.7))) return { headers }
    const value = this.#value(body, 0)
    if (isObject(value) && kind && this.#chance(0.95)) this.#identify(value, kind, path)
    return this.#encoded(value, headers, this.#pick(contentTypes))
  }

  /** Most bodies are of the kind that is expected, and have a name. */
  #identify(
    value: Record<string, unknown>,
    kind: NonNullable<Operation['kind']>,
    path: string,
  ): void {
    value.apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
    value.kind = kind.kind
    const metadata = isObject(value.metadata) ? value.metadata : {}
    for (const field of ['uid', 'resourceVersion', 'managedFields', 'namespace'])
      if (this.#chance(0.9)) delete metadata[field]
    metadata.name = this.#name()
    if (path.includes('{namespace}') && this.#chance(0.3)) metadata.namespace = 'default'
    // An object that cannot be deleted keeps its name for the rest of the run.
    if (this.#chance(0.8)) delete metadata.finalizers
    value.metadata = metadata
  }

  #patch(operation: Operation, headers: Record<string, string>): Pick<Request, 'headers' | 'body'> {
    const type = this.#pick(patchTypes)
    if (type === 'application/json-patch+json') {
      const operations = Array.from({ length: 1 + Math.floor(this.#random.next() * 4) }, () =>
        this.#jsonPatchOperation(),
      )
      return this.#encoded(operations, headers, type)
    }
    const schema = this.#grammar.schemas.get(this.#schemaOf(operation) ?? '')
    const value = schema ? this.#value(schema, 1) : { metadata: { labels: { a: 'b' } } }
    if (isObject(value)) {
      if (operation.kind && this.#chance(type.includes('apply') ? 0.95 : 0.3))
        this.#identify(value, operation.kind, operation.path)
      if (type.includes('strategic') && this.#chance(0.3)) this.#direct(value)
      if (this.#chance(0.2)) value.spec = null
    }
    return this.#encoded(value, headers, type)
  }

  /** The definition that a kind is of: patches have no schema of their own. */
  #schemaOf({ kind }: Operation): string | undefined {
    if (!kind) return undefined
    for (const name of this.#grammar.schemas.keys())
      if (name.endsWith(`.${kind.version}.${kind.kind}`)) return name
    return undefined
  }

  #direct(value: Record<string, unknown>): void {
    value.$patch = this.#pick(['replace', 'delete', 'merge', 'what', 1])
    if (this.#chance(0.3)) value['$setElementOrder/containers'] = [{ name: 'a' }, 1, null]
    if (this.#chance(0.3)) value['$deleteFromPrimitiveList/finalizers'] = ['x', {}]
    if (this.#chance(0.3)) value.$retainKeys = ['a', null]
  }

  #jsonPatchOperation(): unknown {
    const path = this.#pick([
      '/metadata/labels/a',
      '/spec',
      '/spec/replicas',
      '/metadata/annotations',
      '/spec/containers/0',
      '/spec/containers/-',
      '/__proto__/x',
      '/metadata/~01',
      '',
      'spec',
      '/metadata/name',
      '/constructor/prototype/x',
    ])
    const op = this.#pick(['add', 'remove', 'replace', 'test', 'copy', 'move', 'what'])
    const operation: Record<string, unknown> = { op, path }
    if (this.#chance(0.8)) operation.value = this.#bent()
    if (op === 'copy' || op === 'move')
      operation.from = this.#pick(['', '/metadata', '/spec', '/x'])
    return this.#chance(0.03) ? this.#bent() : operation
  }

  #encoded(
    value: unknown,
    headers: Record<string, string>,
    contentType: string,
  ): Pick<Request, 'headers' | 'body'> {
    let text = JSON.stringify(value) ?? 'null'
    if (this.#chance(0.02)) text = text.slice(0, Math.floor(this.#random.next() * text.length))
    if (this.#chance(0.02)) text = text.replace('{', `{"${this.#pick(evilKeys)}":{"x":1},`)
    if (this.#chance(0.02)) text = text.replace(/:(\d+)/, () => `:${this.#pick(evilNumbers)}`)
    if (this.#chance(0.01)) text = text.replace(/"([^"]*)":/, '"$1":1,"$1":')
    return { headers: { ...headers, 'Content-Type': contentType }, body: Buffer.from(text) }
  }

  /** What no schema has foreseen. */
  #bent(): unknown {
    return this.#pick<unknown>([
      null,
      true,
      0,
      -1,
      1e308,
      2 ** 53,
      '',
      [],
      {},
      [null],
      { a: { b: [] } },
      ...evilTexts,
    ])
  }

  #value(schema: Schema, depth: number): unknown {
    if (this.#chance(0.01)) return this.#bent()
    const [all] = schema.allOf ?? []
    if (all) return this.#value(all, depth)
    if (schema.$ref) {
      const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
      const found = this.#grammar.schemas.get(name)
      return found ? this.#value(found, depth) : {}
    }
    switch (schema.type) {
      case 'object':
        return this.#object(schema, depth)
      case 'array':
        return Array.from({ length: Math.floor(this.#random.next() * 3) }, () =>
          this.#value(schema.items ?? {}, depth + 1),
        )
      case 'string':
        return this.#text(schema)
      case 'integer':
        return this.#pick([0, 1, 2, 80, 443, 30_000, -1, 2 ** 31])
      case 'number':
        return this.#pick([0, 0.5, 1e10])
      case 'boolean':
        return this.#chance(0.5)
      default:
        return this.#pick<unknown>(['1', 1, { type: 'object' }, {}])
    }
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const { properties = {}, additionalProperties, required = [] } = schema
    for (const [name, property] of Object.entries(properties)) {
      const wanted = required.includes(name) ? 0.97 : depth > deepest ? 0 : 0.6 / (1 + depth)
      if (this.#chance(wanted)) object[name] = this.#value(property, depth + 1)
    }
    if (typeof additionalProperties === 'object' && this.#chance(0.5))
      object[this.#pick(['a', 'app', 'cpu', 'a.b/c', ...evilKeys.slice(0, 2)])] = this.#value(
        additionalProperties,
        depth + 1,
      )
    if (this.#chance(0.02)) object[this.#pick(evilKeys)] = this.#bent()
    return object
  }

  #text({ enum: values, format }: Schema): string {
    if (values && this.#chance(0.9)) return this.#pick(values)
    if (format === 'date-time') return this.#pick(['2026-01-01T00:00:00Z', '2026-01-01', 'now'])
    if (format === 'byte') return this.#pick(['YQ==', '', 'a', '====='])
    if (this.#chance(0.1)) return this.#pick(evilTexts)
    return this.#pick(texts)
  }
}

/** Half a character is sent as what stands for one. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed())

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const accepts = [
  'application/json',
  '*/*',
  'application/yaml',
  'application/vnd.kubernetes.protobuf,application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'text/html;q=0.1',
  ';;;,',
]
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
const texts = [
  'a',
  'b',
  'web',
  'example.com/a:1',
  '100m',
  '1Gi',
  '10%',
  '10.96.0.7',
  '10.0.0.0/8',
  '/path',
  'ClusterFirst',
  'TCP',
  'Always',
  'v1',
  'example.com',
  'Namespaced',
  'self.x == 1',
  '*',
  '',
]
