/**
 * Certificates by request: what was approved is signed by the cluster's authority, if its signer's rules allow; and requests
 * of nodes for themselves are approved without people, where the one who asks has been given that right.
 */

import { type Cluster, type Controller, controller } from '../framework/index.ts'
import type { SigningAuthority } from './authority.ts'
import { readRequest, refusal, signers } from './certificate-request.ts'
import {
  CertificateSigningRequest,
  hasCondition,
  type Request,
  type Review,
  SubjectAccessReview,
} from './kinds.ts'

const longestSeconds = 365 * 24 * 3600
const shortestSeconds = 600
const own: readonly string[] = Object.values(signers)

/** Signs what is approved and not yet signed. */
export function signingController(authority: SigningAuthority): Controller {
  return controller(CertificateSigningRequest)
    .named('csrsigning')
    .reconcile(async (request, { patch }) => {
      const { spec, status, metadata } = request
      if (!own.includes(spec?.signerName ?? '') || status?.certificate) return undefined
      if (!hasCondition(request, 'Approved') || hasCondition(request, 'Failed')) return undefined
      const body = await signed(authority, request)
      const ref = { name: metadata.name ?? '' }
      const version = { metadata: { resourceVersion: metadata.resourceVersion } }
      const changes = { type: 'merge' as const, body: { ...version, status: body } }
      await patch(CertificateSigningRequest, ref, changes, { subresource: 'status' })
      return undefined
    })
}

/** The status of a request that was signed, or refused for good. */
async function signed(authority: SigningAuthority, { spec, status }: Request): Promise<object> {
  const {
    request = '',
    signerName = '',
    usages = [],
    username = '',
    expirationSeconds,
  } = spec ?? {}
  const requested = readRequest(request)
  const problem = refusal(signerName, requested, usages, username)
  if (problem) {
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure' }
    return { conditions: [...(status?.conditions ?? []), { ...failed, message: problem }] }
  }
  const pem = await authority.sign(requested, usages, lifetime(expirationSeconds))
  return { certificate: Buffer.from(pem).toString('base64') }
}

/** Whoever asks for longer than the signer gives, or for less than clocks agree on, gets what is nearest. */
const lifetime = (asked = longestSeconds): number =>
  Math.min(longestSeconds, Math.max(shortestSeconds, asked))

/** What the one who asks must be allowed to create, and what approval then says. */
const rights = [
  { subresource: 'selfnodeclient', self: true, what: 'self kubelet client certificate' },
  { subresource: 'nodeclient', self: false, what: 'kubelet client certificate' },
]

/** Approves client certificates of nodes. */
export function approvingController(cluster: Cluster): Controller {
  return controller(CertificateSigningRequest)
    .named('csrapproving')
    .reconcile(async (request, { patch }) => {
      const { spec, status, metadata } = request
      if (spec?.signerName !== signers.nodeClient || status?.certificate) return undefined
      if (hasCondition(request, 'Approved') || hasCondition(request, 'Denied')) return undefined
      const what = await approvable(cluster, request)
      if (!what) return undefined
      const message = `Auto approving ${what} after SubjectAccessReview.`
      const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
      const conditions = [...(status?.conditions ?? []), condition]
      const ref = { name: metadata.name ?? '' }
      const version = { metadata: { resourceVersion: metadata.resourceVersion } }
      const changes = { type: 'merge' as const, body: { ...version, status: { conditions } } }
      await patch(CertificateSigningRequest, ref, changes, { subresource: 'approval' })
      return undefined
    })
}

/** The right by which it may be approved; `undefined`: people must. */
async function approvable(cluster: Cluster, { spec }: Request): Promise<string | undefined> {
  const { request = '', signerName = '', usages = [], username = '' } = spec ?? {}
  const requested = readRequest(request)
  if (refusal(signerName, requested, usages, username)) return undefined
  for (const { subresource, self, what } of rights) {
    if (self && requested.commonName !== username) continue
    if (await mayCreate(cluster, spec, subresource)) return what
  }
  return undefined
}

async function mayCreate(
  cluster: Cluster,
  asker: Request['spec'],
  subresource: string,
): Promise<boolean> {
  const review: Review = {
    metadata: {},
    spec: {
      user: asker?.username,
      uid: asker?.uid,
      groups: asker?.groups,
      extra: asker?.extra,
      resourceAttributes: {
        group: 'certificates.k8s.io',
        resource: 'certificatesigningrequests',
        subresource,
        verb: 'create',
        version: '*',
      },
    },
  }
  const { status } = await cluster.create(SubjectAccessReview, review)
  return status?.allowed === true
}
