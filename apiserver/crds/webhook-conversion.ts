/**
 * Conversion by a webhook: all objects that need it in one `ConversionReview`, and nothing believed of the answer but
 * the objects' own content, labels and annotations. How a webhook is reached is not decided here.
 */

import { cloneJson } from '../../api/json-text.ts'
import type { KubernetesObject } from '../../api/object.ts'
import type { Random } from '../../ports/random.ts'
import { StatusError } from '../http/status.ts'
import { validateLabels } from '../resources/label-selector-validation.ts'
import { validateAnnotations } from '../resources/metadata-validation.ts'
import type { Conversion } from '../schema/structural/definition.ts'
import { decodeObject } from '../watch/encode.ts'
import type { WebhookClient } from '../webhooks/webhook-client.ts'
import { WebhookFailure } from '../webhooks/webhook-failure.ts'
import type { Converter } from './conversion.ts'

export interface ConversionPorts {
  webhooks: Pick<WebhookClient, 'call'>
  random: Random
}

const timeoutSeconds = 30
/** Of an answer: as much as a list of large objects. */
const maximumBytes = 64 << 20
const reviewVersions = ['v1', 'v1beta1']

export function webhookConverter(
  { webhook }: Pick<Conversion, 'webhook'>,
  { webhooks, random }: ConversionPorts,
): Converter {
  const { clientConfig = {}, conversionReviewVersions = [] } = webhook ?? {}
  const version = conversionReviewVersions.find((name) => reviewVersions.includes(name))
  const ask = async (objects: readonly KubernetesObject[], desiredAPIVersion: string) => {
    if (version === undefined) throw failed('no supported conversion review versions')
    const uid = random.uuid()
    const kindAndVersion = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
    }
    const body = { ...kindAndVersion, request: { uid, desiredAPIVersion, objects } }
    const about = `conversion webhook for ${gvk(objects[0]!)}`
    try {
      const answer = await webhooks.call({
        config: clientConfig,
        body,
        timeoutSeconds,
        maximumBytes,
      })
      return convertedIn(parsed(answer), uid, version)
    } catch (error) {
      if (error instanceof WebhookFailure || error instanceof ReviewError)
        throw failed(`${about} failed: ${error.message}`)
      throw error
    }
  }
  return {
    convert(objects, apiVersion) {
      const others = objects.filter((object) => object.apiVersion !== apiVersion)
      if (others.length === 0) return objects
      return ask(others, apiVersion).then((converted) => {
        const about = `conversion webhook for ${gvk(others[0]!)} returned`
        if (converted.length !== others.length)
          throw failed(`${about} ${converted.length} objects, expected ${others.length}`)
        const next = converted.entries()
        return objects.map((object) => {
          if (object.apiVersion === apiVersion) return object
          const [at, result] = next.next().value as [number, unknown]
          return checked(
            object,
            result,
            apiVersion,
            `${about} invalid converted object at index ${at}`,
          )
        })
      })
    },
  }
}

const gvk = ({ apiVersion, kind }: KubernetesObject) => `${apiVersion}, Kind=${kind}`

/** What is wrong with the answer. */
class ReviewError extends Error {}

/** Without a reason, since it is nothing that a client could act on. */
function failed(message: string): StatusError {
  const error = new StatusError(500, 'Unknown', message)
  delete error.status.reason
  return error
}

interface Review {
  kind?: unknown
  apiVersion?: unknown
  response?: {
    uid?: unknown
    result?: { status?: unknown; message?: unknown }
    convertedObjects?: unknown
  } | null
}

function parsed(answer: Buffer): Review {
  let review: unknown
  try {
    review = decodeObject(answer)
  } catch (error) {
    throw new ReviewError((error as Error).message)
  }
  if (typeof review !== 'object' || review === null) throw new ReviewError('no response provided')
  return review
}

function convertedIn(
  { kind, apiVersion, response }: Review,
  uid: string,
  version: string,
): unknown[] {
  const wanted = `apiextensions.k8s.io/${version}`
  // The older review never promised these.
  const strict = version === 'v1'
  if (strict && (kind !== 'ConversionReview' || apiVersion !== wanted))
    throw new ReviewError(
      `expected webhook response of ${wanted}, Kind=ConversionReview, got ${apiVersion ?? ''}, Kind=${kind ?? ''}`,
    )
  if (!response) throw new ReviewError('no response provided')
  if (strict && response.uid !== uid)
    throw new ReviewError(
      `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`,
    )
  const { status = '', message } = response.result ?? {}
  if (status !== 'Success')
    throw new ReviewError(
      typeof message === 'string' && message !== ''
        ? message
        : `response.result.status was '${status}', not 'Success'`,
    )
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : []
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The converted object with the metadata of the original, labels and annotations excepted. */
function checked(
  original: KubernetesObject,
  result: unknown,
  apiVersion: string,
  about: string,
): KubernetesObject {
  const invalid = (why: string) => failed(`${about}: ${why}`)
  if (!isRecord(result)) throw invalid('it is no object')
  if (result.apiVersion !== apiVersion)
    throw invalid(
      `invalid groupVersion (expected ${apiVersion}, received ${result.apiVersion ?? ''})`,
    )
  if (result.kind !== original.kind)
    throw invalid(`invalid kind (expected ${original.kind}, received ${result.kind ?? ''})`)
  const { metadata } = result
  if (!isRecord(metadata)) throw invalid('missing metadata in converted object')
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const [was, is] = [original.metadata[field] ?? '', metadata[field] ?? '']
    if (was !== is)
      throw invalid(`must have the same ${field === 'uid' ? 'UID' : field}: ${was} != ${is}`)
  }
  const { labels: _, annotations: __, ...kept } = original.metadata
  const labels = textsOf(metadata.labels, 'labels', invalid)
  const annotations = textsOf(metadata.annotations, 'annotations', invalid)
  const problems = [
    ...validateLabels(labels, 'metadata.labels'),
    ...validateAnnotations(annotations),
  ]
  const [problem] = problems
  if (problem) throw invalid(`${problem.field}: ${problem.message}`)
  const texts = { ...(labels && { labels }), ...(annotations && { annotations }) }
  return { ...result, metadata: { ...cloneJson(kept), ...texts } } as KubernetesObject
}

function textsOf(
  value: unknown,
  field: string,
  invalid: (why: string) => StatusError,
): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw invalid(`invalid metadata.${field} in converted object`)
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw invalid(
        `metadata.${field}[${key}] must be a string, but is ${typeof text} in converted object`,
      )
  return value as Record<string, string>
}
