/**
 * The OpenAPI documents of what this server serves: made when first asked for, one group and version at a time, and
 * kept as bytes. A hash is that of what a document is made from, so that the index costs no document.
 */

import { createHash } from 'node:crypto'
import type { Resource, Resources } from '../resources/resource.ts'
import { type Descriptions, readDescriptions } from './descriptions.ts'
import type { Contents } from './openapi-document.ts'
import { generalPaths, resourceListPath } from './openapi-general.ts'
import { groupVersionPath, type PathItem, pathsOf } from './openapi-operations.ts'
import { openApiV2 } from './openapi-v2.ts'
import { openApiV2Protobuf } from './openapi-v2-protobuf.ts'
import { openApiV3 } from './openapi-v3.ts'

export interface OpenApiDocument {
  bytes: Buffer
  /** Upper-case hexadecimal, for `?hash=` and `ETag`. */
  hash: string
}

export interface OpenApiOptions {
  /** What `info.version` says. */
  version?: string
  /** Texts for fields and definitions; unless given, those of the cache, read when first needed. */
  descriptions?: Descriptions
  /** Documents that others serve. */
  remotes?: { readonly all: readonly RemoteDocument[] }
}

export interface RemoteDocument {
  group: string
  version: string
  /** `/openapi/v3/apis/G/V?hash=...`; absent where there is none. */
  openApiUrl: string | undefined
}

export class OpenApi {
  readonly #set: Resources
  /** What the documents have been made from. */
  #resources: readonly Resource[] = []
  readonly #version: string
  readonly #others: { readonly all: readonly RemoteDocument[] }
  #remotes: readonly RemoteDocument[] = []
  #groups: ReadonlyMap<string, readonly Resource[]> = new Map()
  /** What is served besides resources, by the document that it stands in. */
  #general: ReadonlyMap<string, PathItem> = new Map()
  readonly #documents = new Map<string, OpenApiDocument>()
  /** Of the documents of OpenAPI v3, made or not. */
  readonly #hashes = new Map<string, string>()
  #descriptions: Descriptions | undefined
  #index: Buffer | undefined
  #v2: OpenApiDocument | undefined
  #v2Protobuf: OpenApiDocument | undefined

  constructor(set: Resources, options: OpenApiOptions = {}) {
    this.#set = set
    this.#version = options.version ?? 'v1.36.0'
    this.#descriptions = options.descriptions
    this.#others = options.remotes ?? { all: [] }
    this.#follow()
  }

  /** Forgets what was made from resources that are not those of now; documents of other groups are kept. */
  #follow(): void {
    if (this.#remotes !== this.#others.all) {
      this.#remotes = this.#others.all
      this.#index = undefined
    }
    if (this.#resources === this.#set.all) return
    this.#resources = this.#set.all
    const groups = new Map<string, Resource[]>()
    for (const resource of this.#resources) {
      const path = groupVersionPath(resource)
      const group = groups.get(path)
      if (group) group.push(resource)
      else groups.set(path, [resource])
    }
    for (const [path, before] of this.#groups)
      if (!isSame(before, groups.get(path))) {
        this.#documents.delete(path)
        this.#hashes.delete(path)
      }
    this.#groups = groups
    this.#general = generalPaths(this.#resources)
    this.#index = undefined
    this.#v2 = undefined
    this.#v2Protobuf = undefined
  }

  /** The body of `/openapi/v3`. */
  index(): Buffer {
    this.#follow()
    if (!this.#index) {
      const paths: Record<string, { serverRelativeURL: string }> = {}
      for (const path of [...this.#groups.keys(), ...this.#general.keys()])
        paths[path] = {
          serverRelativeURL: `/openapi/v3/${path}?hash=${this.#hashOf(path)}`,
        }
      for (const { group, version, openApiUrl } of this.#remotes)
        if (openApiUrl) paths[`apis/${group}/${version}`] = { serverRelativeURL: openApiUrl }
      this.#index = Buffer.from(JSON.stringify({ paths }))
    }
    return this.#index
  }

  /** @param path as in the index: `api/v1`, `apis/apps/v1` */
  document(path: string): OpenApiDocument | undefined {
    this.#follow()
    const made = this.#documents.get(path)
    if (made) return made
    if (!this.#groups.has(path) && !this.#general.has(path)) return undefined
    const bytes = Buffer.from(JSON.stringify(openApiV3(this.#contents(path))))
    const kept = { bytes, hash: this.#hashOf(path) }
    this.#documents.set(path, kept)
    return kept
  }

  /** The body of `/openapi/v2`, as JSON. */
  v2(): OpenApiDocument {
    this.#follow()
    if (!this.#v2) {
      const contents = this.#everything()
      const bytes = Buffer.from(JSON.stringify(openApiV2(contents)))
      this.#v2 = { bytes, hash: this.#hash('v2', contents) }
    }
    return this.#v2
  }

  /** The same in the binary form of gnostic's `openapi.v2.Document`. */
  v2Protobuf(): OpenApiDocument {
    this.#follow()
    if (!this.#v2Protobuf) {
      const contents = this.#everything()
      const bytes = openApiV2Protobuf(openApiV2(contents))
      this.#v2Protobuf = { bytes, hash: this.#hash('v2-protobuf', contents) }
    }
    return this.#v2Protobuf
  }

  /** Of one document: a group's version, or what is no resource. */
  #contents(path: string): Contents {
    const resources = this.#groups.get(path) ?? []
    const general = this.#general.get(path)
    return this.#of(resources, [
      ...(general ? [general] : []),
      ...resourceListPath(resources),
      ...resources.flatMap(pathsOf),
    ])
  }

  #everything(): Contents {
    return this.#of(this.#resources, [
      ...this.#general.values(),
      ...[...this.#groups.values()].flatMap(resourceListPath),
      ...this.#resources.flatMap(pathsOf),
    ])
  }

  #of(resources: readonly Resource[], items: readonly PathItem[]): Contents {
    return { resources, items, version: this.#version, descriptions: this.#texts() }
  }

  #texts(): Descriptions {
    this.#descriptions ??= readDescriptions()
    return this.#descriptions
  }

  #hashOf(path: string): string {
    let hash = this.#hashes.get(path)
    if (hash === undefined) {
      hash = this.#hash('v3', this.#contents(path))
      this.#hashes.set(path, hash)
    }
    return hash
  }

  #hash(dialect: string, { resources, items, version, descriptions }: Contents): string {
    const made: unknown[] = [dialect, version, descriptions.size, items]
    const custom = resources.map((resource) => resource.custom?.openApi('v3'))
    if (custom.some((schema) => schema !== undefined)) made.push(custom)
    return createHash('sha256').update(JSON.stringify(made)).digest('hex').toUpperCase()
  }
}

const isSame = (one: readonly Resource[], other: readonly Resource[] | undefined): boolean =>
  one.length === other?.length && one.every((resource, at) => resource === other[at])
