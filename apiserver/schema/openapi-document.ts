/** What both versions of OpenAPI share: which definitions a document needs, who may ask, and its parts by path. */

import type { Resource } from '../resources/resource.ts'
import type { Descriptions } from './descriptions.ts'
import { customSchemas, referredByCustom } from './openapi-custom.ts'
import { type Operation, type PathItem, patch } from './openapi-operations.ts'
import { type Dialect, schemasOf } from './openapi-schemas.ts'

export interface Contents {
  items: readonly PathItem[]
  /** Those whose objects the items are about. */
  resources: readonly Resource[]
  /** What `info.version` says. */
  version: string
  descriptions: Descriptions
}

const customPatchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
]
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** The media types of a body: kubectl looks here for which patches a kind takes. */
export const consumedBy = ({ body, custom }: Operation): readonly string[] =>
  body !== patch ? ['*/*'] : custom ? customPatchTypes : patchTypes

export const infoOf = ({ version }: Contents) => ({ title: 'Kubernetes', version })

export const bearerToken = {
  BearerToken: {
    description: 'Bearer Token authentication',
    type: 'apiKey',
    name: 'authorization',
    in: 'header',
  },
}

/** Every definition that the paths speak of, and all that these refer to. */
export function definitionsOf(
  { items, resources, descriptions }: Contents,
  dialect: Dialect,
): Record<string, object> {
  const custom = customSchemas(resources, dialect)
  const named = new Set(resources.flatMap(({ schema }) => schema ?? []))
  if (Object.keys(custom).length > 0) for (const name of referredByCustom) named.add(name)
  for (const { operations } of items)
    for (const { body, answer } of operations) {
      if (body) named.add(body)
      if (answer) named.add(answer)
    }
  for (const name of Object.keys(custom)) named.delete(name)
  return { ...schemasOf(named, dialect, descriptions), ...custom }
}

const encodings = ['application/json', 'application/vnd.kubernetes.protobuf']
const streams = encodings.map((type) => `${type};stream=watch`)
const watched = new Set(['list', 'watch', 'watchlist'])

/** Of an answer: whatever the other end sends, text, or an object. */
export function producedBy({ action = '', answer, custom }: Operation): readonly string[] {
  if (action === 'connect') return ['*/*']
  if (answer === undefined) return ['text/plain']
  if (custom) return ['application/json']
  return watched.has(action) ? [...encodings, ...streams] : encodings
}

const reasons = new Map([
  [200, 'OK'],
  [201, 'Created'],
  [202, 'Accepted'],
])

/** The answers of an operation: `good` is what stands in each of the good ones. */
export function responses(codes: readonly number[], good: object): object {
  return {
    ...Object.fromEntries(
      codes.map((code) => [code, { description: reasons.get(code) ?? '', ...good }]),
    ),
    '401': { description: 'Unauthorized' },
  }
}
