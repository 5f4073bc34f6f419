/** TokenReview: whose is this token? */

import { defineReview } from '../review.ts'

export const tokenReviews = defineReview({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  schema: 'io.k8s.api.authentication.v1.TokenReview',
})
