/** A durable create over HTTPS, against the same loop of the same objects, as they are stored, straight into the store. */

import type { Benchmark } from './figure.ts'
import { pod } from './lab/bodies.ts'
import { compareWrites, writesTarget } from './lab/writes.ts'

export const create: Benchmark = {
  name: 'create',
  target: writesTarget,
  run: (lab) =>
    compareWrites(lab, {
      what: 'create a pod',
      request: {
        method: 'POST',
        path: '/api/v1/namespaces/default/pods',
        body: JSON.stringify(pod()),
        series: 'crea',
      },
    }),
}
