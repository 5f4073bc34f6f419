/** The kinds that certificates are asked for and decided with. */

import type {
  CertificateSigningRequest as Request,
  SubjectAccessReview as Review,
} from '../../api/types.ts'
import type { Kind } from '../framework/index.ts'

export const CertificateSigningRequest: Kind<Request> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
}

export const SubjectAccessReview: Kind<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
}

export type { Request, Review }

export const hasCondition = ({ status }: Request, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type) ?? false
