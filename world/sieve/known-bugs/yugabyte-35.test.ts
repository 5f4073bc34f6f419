/**
 * yugabyte-operator 35: the certificates of a cluster are deleted when TLS is off. Started anew on a view from before
 * TLS was turned on, the operator deletes certificates that are in use, and makes others.
 */

import {
  bool,
  controller,
  kind,
  type ObjectOf,
  object,
  Secret,
} from '../../../controllers/framework/index.ts'
import { create, patch } from '../steps.ts'
import { knownBug } from './known-bug.ts'

const Yugabyte = kind({ group: 'yugabyte.example.com', name: 'YBCluster' }).version('v1', {
  spec: object({ tls: bool() }),
})
type Yugabyte = ObjectOf<typeof Yugabyte>

const operator = (because: (now: Yugabyte | undefined) => boolean) =>
  controller(Yugabyte)
    .owns(Secret)
    .reconcile(async ({ metadata, spec: { tls } }, { read, apply, remove }) => {
      const name = `${metadata.name}-tls`
      const secret = read(Secret).get(metadata.namespace ?? '', name)
      if (tls) await apply(Secret, { metadata: { name }, stringData: { 'ca.key': 'drawn once' } })
      else if (secret) await remove(Secret, secret, { because })
      return undefined
    })

knownBug('yugabyte-operator 35', {
  kinds: [Yugabyte],
  scenario: [
    create(Yugabyte, { metadata: { name: 'a' }, spec: { tls: false } }),
    patch(Yugabyte, 'a', { spec: { tls: true } }),
  ],
  buggy: operator(() => true),
  mended: operator((now) => now?.spec.tls === false),
  found: { by: 'stale', oracle: 'loss' },
})
