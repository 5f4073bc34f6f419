/** What the server says that it can be asked: the operations of its own OpenAPI documents. */

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
/** What never ends, and the older way to ask for it. */
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

/** The path that stands for a kind: of its collection everywhere, whatever is asked of it. */
export const collectionOf = ({ path }: Pick<Operation, 'path'>): string =>
  path.replace(/\/namespaces\/[^/]+(?=\/)/, '').replace(/\/\{name\}.*$/, '')
