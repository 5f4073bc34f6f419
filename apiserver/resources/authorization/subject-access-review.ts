/** SubjectAccessReview: may somebody do something? */

import { defineReview } from '../review.ts'

export const subjectAccessReviews = defineReview({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
})
