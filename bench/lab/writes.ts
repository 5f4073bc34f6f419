/** A durable write over HTTPS, against the same loop of the same objects, as they are stored, straight into the store; in turns. */

import { etcdMissing } from '../../apiserver/storage/etcd-process.ts'
import type { Figure } from '../figure.ts'
import { median } from '../statistics.ts'
import { type ApiServer, ask, type StorageKind, startApiServer } from './api-server.ts'
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
  overHttps(seconds: number): Promise<number>
  straight(seconds: number): Promise<number>
  notes: string[]
}

async function pairOn(lab: Lab, storage: StorageKind, writes: Writes): Promise<Pair> {
  const { request } = writes
  const server = await startApiServer(lab, storage)
  await writes.prepare?.(server)
  const stored = await storedForm(server, request)
  const load = startLoad(lab)
  const writer = startStoreWriter(
    lab,
    server.etcd ? ['etcd', server.etcd.endpoint, '/bench'] : ['sqlite', lab.path('straight.db')],
  )
  const pair: Pair = {
    server,
    notes: [],
    async overHttps(seconds) {
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
    async straight(seconds) {
      const result = await writer.call('closedLoop', { inFlight, seconds, body: stored })
      return result.count / result.seconds
    },
  }
  // Both ways are compiled and both files have grown before anything counts: a server's first ten thousand requests
  // cost it more than all that come later.
  await pair.overHttps(lab.amount(8, 0.2))
  await pair.straight(lab.amount(3, 0.2))
  return pair
}

/** What the server makes of the body: the text that it stores, the placeholder for the name in it. */
async function storedForm({ address }: ApiServer, request: Writes['request']): Promise<string> {
  const { method, path, contentType } = request
  const body = JSON.parse(request.body) as object
  const { status, body: answer } = await ask(address, method, path, body, contentType)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer}`)
  return `${answer}`.replace(/"resourceVersion":"\d+",/, '')
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
  const seconds = lab.amount(3, 0.2)
  for (let round = 0; round < lab.amount(3, 1); round++) {
    overHttps.push(await pair.overHttps(seconds))
    straight.push(await pair.straight(seconds))
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
