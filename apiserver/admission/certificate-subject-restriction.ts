/** Nobody gets a certificate by which clients are let do everything, whoever may approve requests. */

import 'reflect-metadata/lite'
import { Pkcs10CertificateRequest } from '@peculiar/x509'
import type { CertificateSigningRequest } from '../../api/types.ts'
import type { AdmissionPlugin } from './admission.ts'
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
    if (spec.signerName !== signer) return
    let organizations: string[]
    try {
      const pem = Buffer.from(spec.request, 'base64').toString()
      organizations = new Pkcs10CertificateRequest(pem).subjectName.getField('O')
    } catch (error) {
      throw refusal(request, `failed to parse CSR: ${(error as Error).message}`)
    }
    if (organizations.includes(group))
      throw refusal(request, `use of ${signer} signer with ${group} group is not allowed`)
  },
}
