/** GET of one object, against bare `node:https` that sends the same bytes. */

import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { demand, type StorageKind, startApiServer } from './lab/api-server.ts'
import { namePlaceholder, pod } from './lab/bodies.ts'
import { startLoad } from './lab/children.ts'
import { compare } from './lab/compare.ts'
import type { Lab } from './lab/lab.ts'

const path = `/api/v1/namespaces/default/pods/${namePlaceholder}`

async function on(lab: Lab, storage: StorageKind): Promise<Figure> {
  lab.progress(`get on ${storage}`)
  const server = await startApiServer(lab, storage)
  await demand(server.address, 'POST', '/api/v1/namespaces/default/pods', pod())
  const figure = await compare(lab, server, startLoad(lab), {
    path,
    connections: 64,
    seconds: lab.amount(3, 0.2),
    rounds: lab.amount(3, 1),
  })
  await server.stop()
  return {
    what: `GET one pod, on ${storage}`,
    target: { atLeast: 0.5 },
    ...figure,
  }
}

async function run(lab: Lab): Promise<Figure[]> {
  const sqlite = await on(lab, 'sqlite')
  return etcdMissing() || lab.effort === 'smoke' ? [sqlite] : [await on(lab, 'etcd'), sqlite]
}

export const get: Benchmark = {
  name: 'get',
  target: 'at least half of what bare node:https reaches with the same bytes',
  run,
}
