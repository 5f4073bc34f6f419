/** What can be done where: the paths and verbs of a resource, before either OpenAPI version words them. */

import type { GroupVersionKind } from '../../api/object.ts'
import { apiVersionOf, type Resource, type Subresource, type Verb } from '../resources/resource.ts'
import { listNameOf, schemaNameOf } from './openapi-custom.ts'
import { connections, queries } from './openapi-parameters.ts'
import { definitionOfKind } from './schema.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options'

export interface Operation {
  method: Method
  /** `list`, `post`, `deletecollection`, `get`, `put`, `patch`, `delete`, `connect`, `watch`, `watchlist` */
  action?: string
  id: string
  description: string
  tag: string
  kind?: GroupVersionKind
  /** Names in `queryParameters`. */
  query: readonly string[]
  /** The definition that the body holds; a patch holds any object. */
  body?: string
  /** The definition that is answered; text where there is none. */
  answer?: string
  /** With which of the good codes. */
  codes: readonly number[]
  /** Of a custom resource: nobody but a built-in kind knows how its lists are merged. */
  custom?: boolean
}

export interface PathItem {
  path: string
  /** Those that stand in the path, with what they name: `name`, `namespace`, `path`. */
  variables: Readonly<Record<string, string>>
  operations: Operation[]
}

const metaDefinition = (name: string) => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`
const status = metaDefinition('Status')
export const patch = metaDefinition('Patch')
const deleteOptions = metaDefinition('DeleteOptions')
const watchEvent = metaDefinition('WatchEvent')
const deprecatedWatch = "deprecated: use the 'watch' parameter with a list operation instead"

const everyVerb: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]
const everyMethod: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch']

/** `api/v1`, `apis/apps/v1`: how the index of OpenAPI v3 names a group and version. */
export const groupVersionPath = (of: { group: string; version: string }) =>
  `${of.group === '' ? 'api' : 'apis'}/${apiVersionOf(of)}`

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** `core`, `apps`, `rbacAuthorization`: the group as one word. */
export function groupWord(group: string): string {
  const [first = '', ...more] = (group || 'core').replace(/\.k8s\.io$/, '').split('.')
  return first + more.map(capital).join('')
}

/** All paths of a resource: its objects, their subresources, and the older ones for watches. */
export function pathsOf(resource: Resource): PathItem[] {
  const root = `/${groupVersionPath(resource)}`
  const { namespaced, plural, custom } = resource
  const scoped = `${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const space: Record<string, string> = namespaced
    ? { namespace: 'object name and auth scope, such as for teams and projects' }
    : {}
  const one = { name: `name of the ${resource.kind}`, ...space }
  const write = new Writer(resource)
  const items: PathItem[] = [
    { path: `${root}${scoped}`, variables: space, operations: write.collection() },
    { path: `${root}${scoped}/{name}`, variables: one, operations: write.one() },
    ...resource.subresources.flatMap((subresource) =>
      subresourcePaths(write, subresource, `${root}${scoped}/{name}`, one),
    ),
  ]
  if (namespaced)
    items.push({ path: `${root}/${plural}`, variables: {}, operations: write.everywhere() })
  if (!custom) items.push(...watchPaths(write, resource, root, scoped, space))
  return items.filter(({ operations }) => operations.length > 0)
}

function subresourcePaths(
  write: Writer,
  subresource: Subresource,
  parent: string,
  variables: Record<string, string>,
): PathItem[] {
  const path = `${parent}/${subresource.name}`
  const { kind } = subresource
  const own = kind ? { ...variables, name: `name of the ${kind.kind}` } : variables
  const connection = kind && connections.get(kind.kind)
  if (!connection || !kind)
    return [{ path, variables: own, operations: write.subresource(subresource) }]
  const item = (path: string, variables: Record<string, string>, suffix: string) => ({
    path,
    variables,
    operations: (connection.proxies ? everyMethod : (['get', 'post'] as const)).map((method) =>
      write.connection(method, subresource.name, kind, connection.query, suffix),
    ),
  })
  const items = [item(path, own, '')]
  if (connection.proxies)
    items.push(item(`${path}/{path}`, { ...own, path: 'path to the resource' }, 'WithPath'))
  return items
}

function watchPaths(
  write: Writer,
  { namespaced, plural, kind }: Resource,
  root: string,
  scoped: string,
  space: Record<string, string>,
): PathItem[] {
  const one = { name: `name of the ${kind}`, ...space }
  const path = `${root}/watch${scoped}`
  const items = [
    { path, variables: space, operations: write.watch('List') },
    { path: `${path}/{name}`, variables: one, operations: write.watch('') },
  ]
  if (namespaced)
    items.push({
      path: `${root}/watch/${plural}`,
      variables: {},
      operations: write.watch('ListForAllNamespaces'),
    })
  return items
}

/** What an operation says besides its method, its kind and its place. */
type Details = Pick<Operation, 'description' | 'query' | 'codes'> &
  Partial<Pick<Operation, 'body' | 'answer' | 'kind'>>

class Writer {
  readonly #resource: Resource
  readonly #verbs: ReadonlySet<Verb>
  readonly #schema: string | undefined
  readonly #tag: string
  /** `AppsV1` */
  readonly #place: string
  /** `NamespacedDeployment` */
  readonly #name: string

  constructor(resource: Resource) {
    this.#resource = resource
    this.#verbs = new Set(resource.verbs ?? everyVerb)
    this.#schema = schemaNameOf(resource)
    const group = groupWord(resource.group)
    this.#tag = `${group}_${resource.version}`
    this.#place = `${capital(group)}${capital(resource.version)}`
    this.#name = `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`
  }

  collection(): Operation[] {
    const { kind } = this.#resource
    return [
      ...this.#list(this.#name),
      ...this.#if('create', () =>
        this.#operation('post', 'post', `create${this.#place}${this.#name}`, {
          description: `create ${kind.match(/^[AEIOU]/) ? 'an' : 'a'} ${kind}`,
          query: queries.write,
          body: this.#schema,
          answer: this.#schema,
          codes: [200, 201, 202],
        }),
      ),
      ...this.#if('deletecollection', () =>
        this.#operation(
          'delete',
          'deletecollection',
          `delete${this.#place}Collection${this.#name}`,
          {
            description: `delete collection of ${kind}`,
            query: queries.deletecollection,
            body: deleteOptions,
            answer: status,
            codes: [200],
          },
        ),
      ),
    ]
  }

  everywhere(): Operation[] {
    return this.#list(`${this.#resource.kind}ForAllNamespaces`)
  }

  one(): Operation[] {
    const { kind, strategy } = this.#resource
    return [
      ...this.#readAndWrite('', `the specified ${kind}`, this.#schema, this.#verbs),
      ...this.#if('delete', () =>
        this.#operation('delete', 'delete', `delete${this.#place}${this.#name}`, {
          description: `delete a ${kind}`,
          query: queries.delete,
          body: deleteOptions,
          answer: strategy.returnsDeleted ? this.#schema : status,
          codes: [200, 202],
        }),
      ),
    ]
  }

  subresource({ name, verbs, kind }: Subresource): Operation[] {
    const { kind: parent } = this.#resource
    const isLog = name === 'log'
    const schema = kind ? definitionOfKind(kind) : isLog ? undefined : this.#schema
    const what = `${name} of the specified ${parent}`
    const operations = this.#readAndWrite(capital(name), what, schema, new Set(verbs))
    if (isLog) for (const operation of operations) operation.query = queries.log
    if (verbs.includes('create'))
      operations.push(
        this.#operation('post', 'post', `create${this.#place}${this.#name}${capital(name)}`, {
          description: `create ${name} of a ${parent}`,
          query: queries.write,
          body: schema,
          answer: schema,
          codes: [200, 201, 202],
        }),
      )
    return kind ? operations.map((operation) => ({ ...operation, kind })) : operations
  }

  connection(
    method: Method,
    name: string,
    kind: GroupVersionKind,
    query: readonly string[],
    suffix: string,
  ): Operation {
    const id = `connect${this.#place}${capital(method)}${this.#name}${capital(name)}${suffix}`
    const description = `connect ${method.toUpperCase()} requests to ${name} of ${this.#resource.kind}`
    return this.#operation(method, 'connect', id, { description, query, kind, codes: [200] })
  }

  /** @param what follows the kind: nothing for one object. */
  watch(what: '' | 'List' | 'ListForAllNamespaces'): Operation[] {
    const { kind } = this.#resource
    const name = what === 'ListForAllNamespaces' ? kind : this.#name
    return this.#if('watch', () =>
      this.#operation('get', what ? 'watchlist' : 'watch', `watch${this.#place}${name}${what}`, {
        description: `watch ${what ? 'individual changes to a list of' : 'changes to an object of kind'} ${kind}. ${deprecatedWatch}`,
        query: queries.list,
        answer: watchEvent,
        codes: [200],
      }),
    )
  }

  /** GET, PUT and PATCH of an object, or of a part of it. */
  #readAndWrite(
    suffix: string,
    what: string,
    schema: string | undefined,
    verbs: ReadonlySet<Verb>,
  ): Operation[] {
    const id = `${this.#place}${this.#name}${suffix}`
    const answer = schema
    const operations: [Verb, () => Operation][] = [
      [
        'get',
        () =>
          this.#operation('get', 'get', `read${id}`, {
            description: `read ${what}`,
            query: queries.get,
            answer,
            codes: [200],
          }),
      ],
      [
        'update',
        () =>
          this.#operation('put', 'put', `replace${id}`, {
            description: `replace ${what}`,
            query: queries.write,
            body: schema,
            answer,
            codes: [200, 201],
          }),
      ],
      [
        'patch',
        () =>
          this.#operation('patch', 'patch', `patch${id}`, {
            description: `partially update ${what}`,
            query: queries.patch,
            body: patch,
            answer,
            codes: [200, 201],
          }),
      ],
    ]
    return operations.flatMap(([verb, make]) => (verbs.has(verb) ? make() : []))
  }

  #list(name: string): Operation[] {
    const { kind } = this.#resource
    return this.#if('list', () =>
      this.#operation('get', 'list', `list${this.#place}${name}`, {
        description: `list ${this.#verbs.has('watch') ? 'or watch ' : ''}objects of kind ${kind}`,
        query: queries.list,
        answer: listSchema(this.#resource),
        codes: [200],
      }),
    )
  }

  #if(verb: Verb, make: () => Operation): Operation[] {
    return this.#verbs.has(verb) ? [make()] : []
  }

  #operation(method: Method, action: string, id: string, details: Details): Operation {
    const { group, version, kind } = this.#resource
    return {
      method,
      action,
      id,
      tag: this.#tag,
      kind: { group, version, kind },
      custom: this.#resource.custom !== undefined,
      ...details,
    }
  }
}

export function listSchema(resource: Resource): string | undefined {
  if (resource.custom) return listNameOf(resource)
  const { group, version, kind, listKind } = resource
  return definitionOfKind({ group, version, kind: listKind ?? `${kind}List` })
}
