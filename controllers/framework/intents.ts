/**
 * Remembers what was applied, to tell when applying it again would change nothing. It says so only when the view has
 * this process' last apply of the object and what that apply settled is as it was; in any doubt the apply is to be sent.
 * What it forgets costs a request, nothing else.
 */

import { createHash } from 'node:crypto'
import type { KubernetesObject } from '../../api/object.ts'
import type { WithMeta } from './cluster.ts'
import { type Kind, kindKey } from './kind.ts'
import { Recent } from './recent.ts'
import { compareResourceVersions } from './resource-version.ts'

interface Intent {
  uid: string | undefined
  /** Of the answer: an older view has not seen the apply. */
  resourceVersion: string | undefined
  /** Digest of what was asked for. */
  asked: string
  /** Digest of what the server made of it, which defaults and rewrites. */
  settled: string
}

type Json = Record<string, unknown>

export class Intents {
  readonly #intents: Recent<Intent>

  /** @param capacity objects remembered; those applied least lately are forgotten first */
  constructor(capacity = 20_000) {
    this.#intents = new Recent(capacity)
  }

  /** Whether applying `body` would change nothing of `current`, the object as the informer has it. */
  isSettled(kind: Kind, subresource: string, body: KubernetesObject, current: WithMeta): boolean {
    const key = keyOf(kind, subresource, body)
    const intent = this.#intents.get(key)
    if (!intent) return false
    const { uid, resourceVersion, deletionTimestamp } = current.metadata
    if (uid !== intent.uid || deletionTimestamp) return false
    if (compareResourceVersions(resourceVersion, intent.resourceVersion) < 0) return false
    if (digest(body) !== intent.asked) return false
    return digest(concerned(current, body)) === intent.settled
  }

  /** @param stored the server's answer to applying `body` */
  applied(kind: Kind, subresource: string, body: KubernetesObject, stored: WithMeta): void {
    const { uid, resourceVersion } = stored.metadata
    this.#intents.set(keyOf(kind, subresource, body), {
      uid,
      resourceVersion,
      asked: digest(body),
      settled: digest(concerned(stored, body)),
    })
  }

  /** Nobody knows what became of the last apply. */
  forget(kind: Kind, subresource: string, body: KubernetesObject): void {
    this.#intents.delete(keyOf(kind, subresource, body))
  }
}

const keyOf = (kind: Kind, subresource: string, { metadata }: KubernetesObject): string =>
  `${kindKey(kind)}/${subresource}/${metadata.namespace ?? ''}/${metadata.name}`

/**
 * The part of an object that an apply of `body` decides on: the whole of each field it mentions, since lists and maps may
 * be replaced as one; of the metadata only what it names, since everybody writes there.
 */
function concerned(object: WithMeta, body: KubernetesObject): Json {
  const part: Json = { metadata: pick(object.metadata as Json, body.metadata as Json) }
  for (const field of Object.keys(body))
    if (!['apiVersion', 'kind', 'metadata'].includes(field))
      part[field] = (object as unknown as Json)[field]
  return part
}

function pick(object: Json, fields: Json): Json {
  const part: Json = {}
  for (const [field, value] of Object.entries(fields))
    part[field] = isMap(value) && isMap(object[field]) ? pick(object[field], value) : object[field]
  return part
}

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value, sorted)).digest('base64')

/** Field order means nothing. */
const sorted = (_: string, value: unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value
