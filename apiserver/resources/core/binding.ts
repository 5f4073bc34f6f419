/** Binding: that a pod goes to a node. Posted, never stored; the older way to say what `pods/NAME/binding` says. */

import { defineReview } from '../review.ts'

export const bindings = defineReview({
  group: '',
  version: 'v1',
  kind: 'Binding',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Binding',
})
