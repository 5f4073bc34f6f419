/** Who may approve and who may sign for a signer is asked for each signer, besides the right to write the object. */

import { isDeepStrictEqual } from 'node:util'
import type { CertificateSigningRequest } from '../../api/types.ts'
import type { Authorizer } from '../auth/authorization.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'
import { refusal } from './refusal.ts'

const isPart = (request: AdmissionRequest, subresource: string): boolean =>
  request.operation === 'UPDATE' && isRequest(request) && request.subresource === subresource

const isRequest = ({ resource }: AdmissionRequest): boolean =>
  resource.group === 'certificates.k8s.io' && resource.plural === 'certificatesigningrequests'

/** For the signer itself, or for all of its domain. */
async function mayActFor(
  authorize: Authorizer,
  { user }: AdmissionRequest,
  verb: string,
  signer: string,
): Promise<boolean> {
  const domain = signer.split('/')[0] ?? ''
  for (const name of [signer, `${domain}/*`]) {
    const attributes = {
      user,
      verb,
      group: 'certificates.k8s.io',
      resource: 'signers',
      namespace: '',
      name,
    }
    if ((await authorize(attributes)).allowed) return true
  }
  return false
}

async function require(
  authorize: Authorizer,
  request: AdmissionRequest,
  verb: string,
): Promise<void> {
  const { spec } = request.old as unknown as CertificateSigningRequest
  const { signerName } = spec
  if (await mayActFor(authorize, request, verb, signerName)) return
  throw refusal(
    request,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
  )
}

export const certificateApproval = (authorize: Authorizer): AdmissionPlugin => ({
  name: 'CertificateApproval',
  async validate(request) {
    if (isPart(request, 'approval')) await require(authorize, request, 'approve')
  },
})

export const certificateSigning = (authorize: Authorizer): AdmissionPlugin => ({
  name: 'CertificateSigning',
  async validate(request) {
    if (!isPart(request, 'status')) return
    const now = (request.object as unknown as CertificateSigningRequest).status
    const before = (request.old as unknown as CertificateSigningRequest).status
    const same =
      now?.certificate === before?.certificate &&
      isDeepStrictEqual(now?.conditions ?? [], before?.conditions ?? [])
    if (!same) await require(authorize, request, 'sign')
  },
})
