/**
 * Gives a service account a token: bound to its account, and to a pod, secret or node if that was asked for, so that it ends
 * with them.
 */

import type { KubernetesObject } from '../../../api/object.ts'
import type { BoundClaims, ObjectClaim } from '../../../api/token-claims.ts'
import type { Node, Pod, Secret, ServiceAccount } from '../../../api/types.ts'
import type { Clock } from '../../../ports/clock.ts'
import { time } from '../../../ports/clock.ts'
import { badRequest, conflict, notFound } from '../../http/status.ts'
import type { Action, ActionRequest } from '../../registry/actions.ts'
import type { Lister } from '../../registry/lister.ts'
import { readThrough } from '../../registry/read-through.ts'
import { invalid } from '../../resources/field-errors.ts'
import { validateTokenLifetime } from '../../resources/token-lifetime-validation.ts'
import { tokenRequest as expected } from '../../schema/decode.ts'
import type { TokenIssuer } from '../tokens/issuer.ts'
import { answered, readReview, requireValid } from './review.ts'

export interface TokenRequestPorts {
  issuer: TokenIssuer
  /** Of this server: what a token is for when the request names none. */
  audiences: readonly string[]
  lister: Lister
  clock: Clock
  /**
   * Tokens of pods that ask for the usual 3607 s for this server live a year, for clients that never read theirs again;
   * what the answer says stays.
   */
  extendExpiration: boolean
}

interface BoundObjectRef {
  apiVersion?: string
  kind?: string
  name?: string
  uid?: string
}

interface TokenRequest extends KubernetesObject {
  spec: {
    audiences?: string[]
    expirationSeconds?: number
    boundObjectRef?: BoundObjectRef | null
  }
}

const usualSeconds = 3607
const extendedSeconds = 365 * 24 * 3600

export function tokenRequests(ports: TokenRequestPorts): Action {
  return async (request) => {
    const asked = await readReview<TokenRequest>(request, expected)
    checkNames(asked, request)
    const { namespace, name = '' } = request.target
    const account = await ports.lister.live<ServiceAccount>('serviceaccounts', namespace, name)
    if (!account) throw notFound({ group: '', plural: 'serviceaccounts' }, name)
    const now = ports.clock.now()
    const audiences = asked.spec?.audiences?.length ? asked.spec.audiences : [...ports.audiences]
    const { expirationSeconds = 3600, boundObjectRef = null } = asked.spec ?? {}
    requireValid(expected, [...validateTokenLifetime(expirationSeconds, 'spec.expirationSeconds')])
    const claims: BoundClaims = {
      namespace,
      ...(await boundTo(ports, boundObjectRef, namespace, name)),
      serviceaccount: { name, uid: account.metadata.uid ?? '' },
    }
    const extended =
      ports.extendExpiration &&
      claims.pod !== undefined &&
      expirationSeconds === usualSeconds &&
      audiences.every((audience) => ports.audiences.includes(audience))
    if (extended) claims.warnafter = Math.floor(now / 1000) + expirationSeconds
    const token = await ports.issuer.issue({
      claims,
      audiences,
      expirationSeconds: extended ? extendedSeconds : expirationSeconds,
    })
    return answered({
      ...asked,
      metadata: { ...asked.metadata, name, namespace, creationTimestamp: time(now) },
      spec: { audiences, expirationSeconds, boundObjectRef },
      status: { token, expirationTimestamp: time(now + expirationSeconds * 1000) },
    } as KubernetesObject)
  }
}

/** @throws StatusError 422 */
function checkNames({ metadata }: TokenRequest, { target }: ActionRequest): void {
  const errors = []
  if (metadata.name && metadata.name !== target.name)
    errors.push(
      invalid('metadata.name', metadata.name, 'must match the service account name if specified'),
    )
  if (metadata.namespace && metadata.namespace !== target.namespace)
    errors.push(
      invalid(
        'metadata.namespace',
        metadata.namespace,
        'must match the service account namespace if specified',
      ),
    )
  requireValid(expected, errors, target.name)
}

type Bound = Pick<BoundClaims, 'pod' | 'secret' | 'node'>

/** @throws StatusError 400, 404, 409 */
async function boundTo(
  ports: TokenRequestPorts,
  ref: BoundObjectRef | null,
  namespace: string,
  account: string,
): Promise<Bound> {
  if (!ref) return {}
  const { apiVersion = '', kind = '', name = '' } = ref
  const core = !apiVersion.includes('/')
  switch (core ? kind : '') {
    case 'Pod': {
      const pod = await found<Pod>(ports, 'pods', namespace, name)
      if (pod.spec?.serviceAccountName !== account)
        throw badRequest(
          `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
        )
      const node = await nodeOf(ports, pod.spec?.nodeName)
      return { ...(node && { node }), pod: claimOf(pod, ref) }
    }
    case 'Secret':
      return { secret: claimOf(await found<Secret>(ports, 'secrets', namespace, name), ref) }
    case 'Node':
      return { node: claimOf(await found<Node>(ports, 'nodes', '', name), ref) }
    default: {
      const version = apiVersion === '' ? '/' : apiVersion
      throw badRequest(`cannot bind token to object of type ${version}, Kind=${kind}`)
    }
  }
}

/** @throws StatusError 404 */
async function found<T>(
  { lister }: TokenRequestPorts,
  plural: string,
  namespace: string,
  name: string,
): Promise<T> {
  const object = await lister.live<T>(plural, namespace, name)
  if (!object) throw notFound({ group: '', plural }, name)
  return object
}

/** Told of for information, so also where it is gone. */
async function nodeOf(
  { lister }: TokenRequestPorts,
  name: string | undefined,
): Promise<ObjectClaim | undefined> {
  if (!name) return undefined
  const node = await readThrough<Node>(lister, 'nodes', '', name)
  return node ? { name, uid: node.metadata.uid ?? '' } : { name }
}

/** @throws StatusError 409 where another object has that name by now */
function claimOf(
  { metadata }: { metadata: { name?: string; uid?: string } },
  { kind = '', uid = '' }: BoundObjectRef,
): ObjectClaim {
  if (uid !== '' && uid !== metadata.uid)
    throw conflict(
      { group: '', plural: kind },
      metadata.name ?? '',
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  return { name: metadata.name ?? '', uid: metadata.uid ?? '' }
}
