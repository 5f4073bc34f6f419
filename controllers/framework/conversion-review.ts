/** The API server's questions to a conversion webhook, and the answers. How they come in over HTTPS is not decided here. */

import type { KubernetesObject } from '../../api/object.ts'
import { convert } from './conversion.ts'
import type { Definition } from './defined-kind.ts'

/** What the API server asks, and what it is told: `apiextensions.k8s.io/v1`. */
export interface ConversionReview {
  apiVersion: string
  kind: string
  request?: ConversionRequest
  response?: ConversionResponse
}

/** What the API server asks of a conversion webhook. */
export interface ConversionRequest {
  /** Comes back in the response. */
  uid: string
  /** `demo.example.com/v1` */
  desiredAPIVersion: string
  objects: KubernetesObject[]
}

/** What a conversion webhook answers: all objects, in their order, or why not. */
export interface ConversionResponse {
  uid: string
  /** As many as were asked for, in the same order; none where it failed. */
  convertedObjects: KubernetesObject[]
  result: { status: 'Success' } | { status: 'Failure'; message: string }
}

/**
 * Answers for one kind: all objects converted, or why not. Never throws.
 *
 *     convertReview(Site, review).response.result.status   // 'Success'
 */
export const convertReview = (
  kind: Definition,
  review: ConversionReview,
): ConversionReview & { response: ConversionResponse } => answer([kind], review)

/**
 * Answers for several kinds: give it the body of a POST, send back what it returns with status 200.
 *
 *     const convert = conversionHandler([Site, Database])
 *     response.end(convert(body))
 */
export const conversionHandler =
  (kinds: readonly Definition[]) =>
  (body: string | Uint8Array): string =>
    JSON.stringify(answer(kinds, parsed(body)))

function parsed(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

function answer(
  kinds: readonly Definition[],
  review: unknown,
): ConversionReview & { response: ConversionResponse } {
  const { apiVersion = 'apiextensions.k8s.io/v1', request } = recordOf(review)
  const { uid, desiredAPIVersion, objects } = recordOf(request)
  return {
    apiVersion: String(apiVersion),
    kind: 'ConversionReview',
    response: {
      uid: typeof uid === 'string' ? uid : '',
      ...converted(kinds, desiredAPIVersion, objects),
    },
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {}

function converted(
  kinds: readonly Definition[],
  desired: unknown,
  objects: unknown,
): Omit<ConversionResponse, 'uid'> {
  if (typeof desired !== 'string' || !Array.isArray(objects))
    return failure(
      'is no ConversionReview: request.desiredAPIVersion and request.objects are missing',
    )
  const convertedObjects: KubernetesObject[] = []
  for (const object of objects as KubernetesObject[])
    try {
      convertedObjects.push(convert(kindOf(kinds, object), object, versionIn(desired, object)))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return failure(`${told(object)} cannot be made ${desired}: ${why}`)
    }
  return { convertedObjects, result: { status: 'Success' } }
}

const failure = (message: string): Omit<ConversionResponse, 'uid'> => ({
  convertedObjects: [],
  result: { status: 'Failure', message },
})

const told = (object: KubernetesObject): string => {
  const { namespace, name } = recordOf(recordOf(object).metadata)
  const { apiVersion, kind } = recordOf(object)
  return `${kind} ${namespace ? `${namespace}/` : ''}${name} of ${apiVersion}`
}

const groupOf = (apiVersion: string | undefined): string => (apiVersion ?? '').split('/')[0] ?? ''

function kindOf(kinds: readonly Definition[], object: KubernetesObject): Definition {
  const group = groupOf(object.apiVersion)
  const known = kinds.find(({ names }) => names.group === group && names.name === object.kind)
  if (known) return known
  const names = kinds.map((kind) => `${kind.names.name}.${kind.names.group}`).join(', ')
  throw new Error(`this webhook converts only ${names || 'nothing'}`)
}

function versionIn(desired: string, object: KubernetesObject): string {
  const [group, version] = desired.split('/')
  if (group !== groupOf(object.apiVersion) || version === undefined)
    throw new Error('another group is wanted')
  return version
}
