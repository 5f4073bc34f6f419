/**
 * percona-server-mongodb-operator K8SPSMDB-578: two TLS secrets are made one after the other, and the first one stands
 * for both. An operator that ends between them never makes the second.
 */

import { controller, kind, object, Secret } from '../../../controllers/framework/index.ts'
import { create } from '../steps.ts'
import { knownBug } from './known-bug.ts'

const Mongo = kind({ group: 'mongodb.example.com', name: 'MongoDB', plural: 'mongodbs' }).version(
  'v1',
  { spec: object({}) },
)

const operator = (mended: boolean) =>
  controller(Mongo)
    .owns(Secret)
    .reconcile(async ({ metadata: { namespace = '', name = '' } }, { read, apply }) => {
      const has = (secret: string) => read(Secret).get(namespace, secret) !== undefined
      const names = [`${name}-ssl`, `${name}-ssl-internal`] as const
      if (!mended && has(names[0])) return undefined
      for (const secret of names)
        if (!has(secret))
          await apply(Secret, { metadata: { name: secret }, stringData: { 'tls.key': 'secret' } })
      return undefined
    })

knownBug('percona-server-mongodb-operator K8SPSMDB-578', {
  kinds: [Mongo],
  scenario: [create(Mongo, { metadata: { name: 'a' }, spec: {} })],
  buggy: operator(false),
  mended: operator(true),
  found: { by: 'crash', oracle: 'end state' },
})
