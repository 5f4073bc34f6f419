/** What people write down when they want an Example, and what they are told about it. */

import {
  conditions,
  int,
  kind,
  type ObjectOf,
  object,
  rule,
  string,
} from '../../../../controllers/framework/index.ts'

export const Example = kind({ group: 'example.com', name: 'Example' }).version('v1', {
  spec: object({
    image: string().min(1),
    replicas: int().min(0).max(100).default(1),
  }),
  status: object({
    ready: int().optional(),
    conditions: conditions('Ready'),
  }),
  rules: [rule("!self.spec.image.contains(' ')", 'an image has no spaces in its name')],
  columns: { Image: '.spec.image', Ready: '.status.ready' },
})
export type Example = ObjectOf<typeof Example>
