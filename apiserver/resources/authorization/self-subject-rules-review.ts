/** SelfSubjectRulesReview: what may I do in a namespace? */

import { defineReview } from '../review.ts'

export const selfSubjectRulesReviews = defineReview({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
})
