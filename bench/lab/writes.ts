/** A durable write over HTTPS, against the same loop of the same bodies straight into the store; in turns. */

import { etcdMissing } from '../../apiserver/storage/etcd-process.ts'
import type { Figure } from '../figure.ts'
import { median } from '../statistics.ts'
import { type ApiServer, type StorageKind, startApiServer } from './api-server.ts'
import { observed, startLoad, startStoreWriter } from './children.ts'
import type { Lab } from './lab.ts'
import type { Request } from './load.ts'
import { cpuNote, stallNote } from './notes.ts'

const inFlight = 64

export interface Writes {
  /** `create a pod`. */
  what: string
  request: Request & { body: string }
  /** What must be there first. */
  prepare?(server: ApiServer): Promise<void>
}

interface Pair {
  server: ApiServer
  /** One round; requests a second. */
  overHttps(): Promise<number>
  straight(): Promise<number>
  notes: string[]
}

async function pairOn(lab: Lab, storage: StorageKind, writes: Writes): Promise<Pair> {
  const { request } = writes
  const server = await startApiServer(lab, storage)
  await writes.prepare?.(server)
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
          request,
        }),
      )
      pair.notes = [
        `answers: p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms; ${cpuNote(usage, result.count)}; ${stallNote(usage)}`,
      ]
      return result.count / result.seconds
    },
    async straight() {
      const result = await writer.call('closedLoop', { inFlight, seconds, body: request.body })
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

async function ratesOn(lab: Lab, storage: StorageKind, writes: Writes): Promise<Rates> {
  lab.progress(`${writes.what} on ${storage}`)
  const pair = await pairOn(lab, storage, writes)
  const overHttps: number[] = []
  const straight: number[] = []
  for (let round = 0; round < lab.amount(3, 1); round++) {
    overHttps.push(await pair.overHttps())
    straight.push(await pair.straight())
  }
  await pair.server.stop()
  return { overHttps: median(overHttps), straight: median(straight), notes: pair.notes }
}

export const writesTarget =
  'at least half of what the same loop reaches on etcd itself; on sqlite faster than etcd'

/** On both stores: etcd against etcd, SQLite against etcd and against itself. */
export async function compareWrites(lab: Lab, writes: Writes): Promise<Figure[]> {
  const etcd = etcdMissing() ? undefined : await ratesOn(lab, 'etcd', writes)
  const sqlite = await ratesOn(lab, 'sqlite', writes)
  const figure = (storage: string, { overHttps, straight, notes }: Rates): Figure => ({
    what: `${writes.what} over HTTPS, on ${storage}`,
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
