/** LIST of 10,000 pods, against bare `node:https` that sends the same bytes. */

import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { startApiServer } from './lab/api-server.ts'
import { pod } from './lab/bodies.ts'
import { startLoad } from './lab/children.ts'
import { compare } from './lab/compare.ts'
import type { Lab } from './lab/lab.ts'

async function run(lab: Lab): Promise<Figure[]> {
  const storage = etcdMissing() ? 'sqlite' : 'etcd'
  const count = lab.amount(10_000, 100)
  const server = await startApiServer(lab, storage)
  const load = startLoad(lab)
  lab.progress(`list: ${count} pods on ${storage}`)
  const path = '/api/v1/namespaces/default/pods'
  await load.call('closedLoop', {
    address: server.address,
    connections: 64,
    count,
    request: { method: 'POST', path, body: JSON.stringify(pod()), series: 'list' },
  })
  const figure = await compare(lab, server, load, {
    path: '/api/v1/pods',
    connections: 2,
    seconds: lab.amount(4, 0.2),
    rounds: lab.amount(3, 1),
  })
  return [
    {
      what: `LIST ${count.toLocaleString('en-US')} pods, on ${storage}`,
      target: { atLeast: 0.6 },
      ...figure,
    },
  ]
}

export const list: Benchmark = {
  name: 'list',
  target: 'at least 0.6 of what bare node:https reaches with the same bytes',
  run,
}
