/** LocalSubjectAccessReview: may somebody do something in this namespace? */

import { defineReview } from '../review.ts'

export const localSubjectAccessReviews = defineReview({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  namespaced: true,
})
