/** A durable create over HTTPS, against the same loop of the same bodies straight into the store. */

import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type ApiServer, type StorageKind, startApiServer } from './lab/api-server.ts'
import { pod } from './lab/bodies.ts'
import { observed, startLoad, startStoreWriter } from './lab/children.ts'
import type { Lab } from './lab/lab.ts'
import { cpuNote, stallNote } from './lab/notes.ts'
import { median } from './statistics.ts'

const inFlight = 64
const body = JSON.stringify(pod())

interface Pair {
  server: ApiServer
  /** One round; requests a second. */
  overHttps(): Promise<number>
  straight(): Promise<number>
  notes: string[]
}

async function pairOn(lab: Lab, storage: StorageKind): Promise<Pair> {
  const server = await startApiServer(lab, storage)
  const load = startLoad(lab)
  const writer = startStoreWriter(
    lab,
    server.etcd ? ['etcd', server.etcd.endpoint, '/bench'] : ['sqlite', lab.path('straight.db')],
  )
  const seconds = lab.amount(3, 0.2)
  const pair: Pair = {
    server,
    notes: [],
    async overHttps() {
      const { result, usage } = await observed(server.process, () =>
        load.call('closedLoop', {
          address: server.address,
          connections: inFlight,
          seconds,
          request: {
            method: 'POST',
            path: '/api/v1/namespaces/default/pods',
            body,
            series: 'crea',
          },
        }),
      )
      pair.notes = [
        `answers: p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms; ${cpuNote(usage, result.count)}; ${stallNote(usage)}`,
      ]
      return result.count / result.seconds
    },
    async straight() {
      const result = await writer.call('closedLoop', { inFlight, seconds, body })
      return result.count / result.seconds
    },
  }
  // Both ways are compiled and both files have grown before anything counts.
  await pair.overHttps()
  await pair.straight()
  return pair
}

interface Rates {
  overHttps: number
  straight: number
  notes: string[]
}

async function ratesOn(lab: Lab, storage: StorageKind): Promise<Rates> {
  lab.progress(`create on ${storage}`)
  const pair = await pairOn(lab, storage)
  const overHttps: number[] = []
  const straight: number[] = []
  for (let round = 0; round < lab.amount(3, 1); round++) {
    overHttps.push(await pair.overHttps())
    straight.push(await pair.straight())
  }
  await pair.server.stop()
  return { overHttps: median(overHttps), straight: median(straight), notes: pair.notes }
}

async function run(lab: Lab): Promise<Figure[]> {
  const etcd = etcdMissing() ? undefined : await ratesOn(lab, 'etcd')
  const sqlite = await ratesOn(lab, 'sqlite')
  const figure = (storage: string, { overHttps, straight, notes }: Rates): Figure => ({
    what: `create a pod over HTTPS, on ${storage}`,
    measured: { value: overHttps, unit: 'req/s' },
    against: { what: 'straight into the store', value: straight },
    notes,
  })
  const onSqlite = figure('sqlite', sqlite)
  if (!etcd) return [{ ...onSqlite, notes: [...sqlite.notes, `etcd left out: ${etcdMissing()}`] }]
  return [
    { ...figure('etcd', etcd), target: { atLeast: 0.5 } },
    {
      ...onSqlite,
      against: { what: 'straight into etcd', value: etcd.straight },
      target: { atLeast: 1 },
    },
    { ...onSqlite, notes: [] },
  ]
}

export const create: Benchmark = {
  name: 'create',
  target: 'at least half of what the same loop reaches on etcd itself; on sqlite faster than etcd',
  run,
}
