/** What can be done where: the paths and verbs of the served resources, before either OpenAPI version words them. */

import type { GroupVersionKind } from '../../api/object.ts'
import { apiVersionOf, type Resource, type Subresource, type Verb } from '../resources/resource.ts'
import { listNameOf, schemaNameOf } from './openapi-custom.ts'
import { definitionOfKind } from './schema.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

export interface Operation {
  method: Method
  /** `list`, `post`, `deletecollection`, `get`, `put`, `patch`, `delete`, `connect` */
  action: string
  id: string
  description: string
  tag: string
  kind: GroupVersionKind
  /** Names in `queryParameters`. */
  query: readonly string[]
  /** The definition that the body holds; a patch holds any object. */
  body?: string
  /** The media types of the body. */
  consumes: readonly string[]
  /** The definition that is answered; text where there is none. */
  answer?: string
}

export interface PathItem {
  path: string
  /** Those that stand in the path: `name`, `namespace`. */
  variables: readonly string[]
  operations: Operation[]
}

export interface QueryParameter {
  type: 'boolean' | 'integer' | 'string'
  description: string
}

export const queryParameters: Readonly<Record<string, QueryParameter>> = {
  allowWatchBookmarks: { type: 'boolean', description: 'A watch also tells how far it has come.' },
  continue: { type: 'string', description: 'The token that the page before ended with.' },
  dryRun: { type: 'string', description: 'All: everything is done but the storing.' },
  fieldManager: { type: 'string', description: 'Who owns the fields that are written.' },
  fieldSelector: { type: 'string', description: 'Only objects whose fields have these values.' },
  fieldValidation: {
    type: 'string',
    description: 'Unknown and repeated fields: Ignore, Warn (the default) or Strict.',
  },
  force: { type: 'boolean', description: 'Apply only: takes over fields that others own.' },
  gracePeriodSeconds: { type: 'integer', description: 'How long the object may linger.' },
  labelSelector: { type: 'string', description: 'Only objects with these labels.' },
  limit: { type: 'integer', description: 'The greatest number of items to answer.' },
  orphanDependents: { type: 'boolean', description: 'Superseded by propagationPolicy.' },
  pretty: { type: 'string', description: 'Accepted and ignored.' },
  propagationPolicy: {
    type: 'string',
    description: 'What becomes of dependents: Orphan, Background or Foreground.',
  },
  resourceVersion: { type: 'string', description: 'From which revision on to answer.' },
  resourceVersionMatch: { type: 'string', description: 'NotOlderThan or Exact.' },
  sendInitialEvents: { type: 'boolean', description: 'A watch begins with what there is.' },
  timeoutSeconds: { type: 'integer', description: 'How long a watch may last.' },
  watch: { type: 'boolean', description: 'Answers changes as they happen, not a list.' },
}

const listQuery = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
]
const deleteQuery = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']
const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation']
const patchQuery = [...writeQuery, 'force']

const status = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'
export const patch = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'
/** Clients ask here which patches a kind takes: only built-in ones know how lists are merged. */
const customPatchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
]
const patchTypes = [...customPatchTypes, 'application/strategic-merge-patch+json']
const deleteOptions = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'

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

/** `api/v1`, `apis/apps/v1`: how the index of OpenAPI v3 names a group and version. */
export const groupVersionPath = (of: { group: string; version: string }) =>
  `${of.group === '' ? 'api' : 'apis'}/${apiVersionOf(of)}`

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export function pathsOf(resource: Resource): PathItem[] {
  const root = `/${groupVersionPath(resource)}`
  const scope = resource.namespaced ? '/namespaces/{namespace}' : ''
  const collection = `${root}${scope}/${resource.plural}`
  const variables = resource.namespaced ? ['namespace'] : []
  const write = new Writer(resource)
  const items: PathItem[] = [
    { path: collection, variables, operations: write.collection() },
    { path: `${collection}/{name}`, variables: ['name', ...variables], operations: write.one() },
    ...resource.subresources.map((subresource) => ({
      path: `${collection}/{name}/${subresource.name}`,
      variables: ['name', ...variables],
      operations: write.subresource(subresource),
    })),
  ]
  if (resource.namespaced)
    items.push({
      path: `${root}/${resource.plural}`,
      variables: [],
      operations: write.everywhere(),
    })
  return items.filter(({ operations }) => operations.length > 0)
}

class Writer {
  readonly #resource: Resource
  readonly #verbs: ReadonlySet<Verb>
  readonly #tag: string
  readonly #suffix: string

  constructor(resource: Resource) {
    this.#resource = resource
    this.#verbs = new Set(resource.verbs ?? everyVerb)
    const group = resource.group === '' ? 'core' : (resource.group.split('.')[0] ?? '')
    this.#tag = `${group}_${resource.version}`
    this.#suffix = `${capital(group)}${capital(resource.version)}${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`
  }

  collection(): Operation[] {
    const { kind } = this.#resource
    const schema = schemaNameOf(this.#resource)
    return this.#allowed([
      ['list', () => this.#list()],
      [
        'create',
        () => this.#write('post', 'post', 'create', `create a ${kind}`, writeQuery, schema, schema),
      ],
      [
        'deletecollection',
        () =>
          this.#write(
            'delete',
            'deletecollection',
            'deleteCollection',
            `delete a collection of ${kind}`,
            [...listQuery.filter((name) => !/watch/i.test(name)), ...deleteQuery],
            deleteOptions,
            status,
          ),
      ],
    ])
  }

  everywhere(): Operation[] {
    return this.#allowed([
      ['list', () => ({ ...this.#list(), id: `${this.#list().id}ForAllNamespaces` })],
    ])
  }

  one(): Operation[] {
    const { kind } = this.#resource
    const schema = schemaNameOf(this.#resource)
    return this.#allowed([
      [
        'get',
        () =>
          this.#write('get', 'get', 'read', `read the specified ${kind}`, [], undefined, schema),
      ],
      [
        'update',
        () =>
          this.#write(
            'put',
            'put',
            'replace',
            `replace the specified ${kind}`,
            writeQuery,
            schema,
            schema,
          ),
      ],
      [
        'patch',
        () =>
          this.#write(
            'patch',
            'patch',
            'patch',
            `partially update the specified ${kind}`,
            patchQuery,
            patch,
            schema,
          ),
      ],
      [
        'delete',
        () =>
          this.#write(
            'delete',
            'delete',
            'delete',
            `delete a ${kind}`,
            deleteQuery,
            deleteOptions,
            status,
          ),
      ],
    ])
  }

  subresource({ name, verbs, kind }: Subresource): Operation[] {
    const { kind: parent } = this.#resource
    const parentSchema = schemaNameOf(this.#resource)
    const schema = kind ? definitionOfKind(kind) : name === 'log' ? undefined : parentSchema
    const connects = kind !== undefined && schema === undefined
    const methods: Partial<Record<Verb, [Method, string]>> = {
      get: ['get', 'read'],
      create: ['post', 'create'],
      update: ['put', 'replace'],
      patch: ['patch', 'patch'],
      delete: ['delete', 'delete'],
    }
    return verbs.flatMap((verb) => {
      const method = methods[verb]
      if (!method) return []
      const query = connects || verb === 'get' ? [] : verb === 'patch' ? patchQuery : writeQuery
      const body = connects || verb === 'get' ? undefined : verb === 'patch' ? patch : schema
      return {
        ...this.#write(
          method[0],
          connects ? 'connect' : method[0],
          method[1],
          `${method[1]} ${name} of the specified ${parent}`,
          query,
          body,
          schema,
        ),
        id: `${connects ? `connect${capital(method[0])}` : method[1]}${this.#suffix}${capital(name)}`,
        ...(kind && { kind }),
      }
    })
  }

  #allowed(operations: [Verb, () => Operation][]): Operation[] {
    return operations.filter(([verb]) => this.#verbs.has(verb)).map(([, make]) => make())
  }

  #list(): Operation {
    const { kind } = this.#resource
    return this.#write(
      'get',
      'list',
      'list',
      `list or watch objects of kind ${kind}`,
      listQuery,
      undefined,
      listSchema(this.#resource),
    )
  }

  #write(
    method: Method,
    action: string,
    id: string,
    description: string,
    query: readonly string[],
    body: string | undefined,
    answer: string | undefined,
  ): Operation {
    const { group, version, kind } = this.#resource
    return {
      method,
      action,
      id: `${id}${this.#suffix}`,
      description,
      tag: this.#tag,
      kind: { group, version, kind },
      query,
      ...(body !== undefined && { body }),
      consumes: body !== patch ? ['*/*'] : this.#resource.custom ? customPatchTypes : patchTypes,
      ...(answer !== undefined && { answer }),
    }
  }
}

export function listSchema(resource: Resource): string | undefined {
  if (resource.custom) return listNameOf(resource)
  const { group, version, kind, listKind } = resource
  return definitionOfKind({ group, version, kind: listKind ?? `${kind}List` })
}
