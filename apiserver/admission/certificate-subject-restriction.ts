/** Nobody gets a certificate by which clients are let do everything, whoever may approve requests. */

import type { CertificateSigningRequest } from '../../api/types.ts'
import type { AdmissionPlugin, AdmissionRequest } from './admission.ts'
import { refusal } from './refusal.ts'

const signer = 'kubernetes.io/kube-apiserver-client'
const group = 'system:masters'

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    const { operation, resource, subresource, object } = request
    if (operation !== 'CREATE' || subresource !== '') return
    if (resource.group !== 'certificates.k8s.io') return
    if (resource.plural !== 'certificatesigningrequests') return
    const { spec } = object as unknown as CertificateSigningRequest
    if (spec.signerName === signer) return refuseMasters(request, spec.request)
  },
}

async function refuseMasters(request: AdmissionRequest, encoded: string): Promise<void> {
  let organizations: string[]
  try {
    organizations = await organizationsIn(Buffer.from(encoded, 'base64').toString())
  } catch (error) {
    throw refusal(request, `failed to parse CSR: ${(error as Error).message}`)
  }
  if (organizations.includes(group))
    throw refusal(request, `use of ${signer} signer with ${group} group is not allowed`)
}

/** Few servers ever see such a request: what reads it is loaded by the first one. */
async function organizationsIn(pem: string): Promise<string[]> {
  await import('reflect-metadata/lite')
  const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
  return new Pkcs10CertificateRequest(pem).subjectName.getField('O')
}
