/** SelfSubjectReview: who am I? */

import { defineReview } from '../review.ts'

export const selfSubjectReviews = defineReview({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
})
