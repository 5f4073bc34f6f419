/** SelfSubjectAccessReview: may I do something? */

import { defineReview } from '../review.ts'

export const selfSubjectAccessReviews = defineReview({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
})
