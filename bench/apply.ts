/** A durable server-side apply that makes a pod, against the same objects, as they are stored, straight into the store. */

import type { Benchmark } from './figure.ts'
import { namePlaceholder, pod } from './lab/bodies.ts'
import { compareWrites, writesTarget } from './lab/writes.ts'

export const apply: Benchmark = {
  name: 'apply',
  target: writesTarget,
  run: (lab) =>
    compareWrites(lab, {
      what: 'apply a pod',
      request: {
        method: 'PATCH',
        path: `/api/v1/namespaces/default/pods/${namePlaceholder}?fieldManager=bench&force=true`,
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify(pod()),
        series: 'appl',
      },
    }),
}
