/** What a certificate request asks for, read once, and which of the API server's own signers would have it so. */

import 'reflect-metadata/lite'
import * as x509 from '@peculiar/x509'

export interface RequestedCertificate {
  commonName: string
  organizations: readonly string[]
  names: x509.SubjectAlternativeNameExtension | undefined
  request: x509.Pkcs10CertificateRequest
}

export const signers = {
  client: 'kubernetes.io/kube-apiserver-client',
  nodeClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  nodeServing: 'kubernetes.io/kubelet-serving',
} as const

/** @param base64 the PEM as it stands in `spec.request` */
export function readRequest(base64: string): RequestedCertificate {
  const request = new x509.Pkcs10CertificateRequest(Buffer.from(base64, 'base64').toString())
  const { subjectName } = request
  const names = request.extensions.find(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  )
  return {
    commonName: subjectName.getField('CN').at(-1) ?? '',
    organizations: subjectName.getField('O'),
    names,
    request,
  }
}

/** What the signer will not put its name to; `undefined`: nothing. @param username who asks */
export function refusal(
  signer: string,
  requested: RequestedCertificate,
  usages: readonly string[],
  username: string,
): string | undefined {
  switch (signer) {
    case signers.client:
      return usageProblem(usages, 'client auth')
    case signers.nodeClient:
      return (
        nodeProblem(requested) ??
        (namesOf(requested).length > 0
          ? 'subjectAltNames are not allowed in certificates of node clients'
          : usageProblem(usages, 'client auth'))
      )
    case signers.nodeServing:
      return (
        nodeProblem(requested) ??
        servingProblem(requested, username) ??
        usageProblem(usages, 'server auth')
      )
    default:
      return `${signer} is no signer of this controller`
  }
}

const namesOf = ({ names }: RequestedCertificate) => names?.names.items ?? []

function nodeProblem({ commonName, organizations }: RequestedCertificate): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes'
  const prefix = 'system:node:'
  return commonName.startsWith(prefix) && commonName.length > prefix.length
    ? undefined
    : 'subject common name does not begin with system:node:'
}

/** A node serves under its own names, and asks for itself. */
function servingProblem(requested: RequestedCertificate, username: string): string | undefined {
  const names = namesOf(requested)
  if (requested.commonName !== username)
    return 'subject common name is not that of the node that asks'
  if (names.length === 0) return 'DNS or IP subjectAltName is required'
  return names.some(({ type }) => type !== 'dns' && type !== 'ip')
    ? 'only DNS and IP subjectAltNames are allowed'
    : undefined
}

function usageProblem(usages: readonly string[], needed: string): string | undefined {
  const known = ['digital signature', 'key encipherment', needed]
  if (!usages.includes(needed)) return `usages did not include "${needed}"`
  const other = usages.find((usage) => !known.includes(usage))
  return other === undefined ? undefined : `usages include "${other}", which is not allowed`
}
