/**
 * 100,000 pods: what they weigh in the server's memory, what a LIST of them adds to it, and how fast selectors find a
 * few among them.
 */

import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type ApiServer, type StorageKind, startApiServer } from './lab/api-server.ts'
import { nameOf, pod } from './lab/bodies.ts'
import { observed, startLoad } from './lab/children.ts'
import { compare } from './lab/compare.ts'
import type { Lab } from './lab/lab.ts'
import type { LoadMethods } from './lab/load.ts'
import { cpuNote, stallNote } from './lab/notes.ts'
import type { Child } from './lab/remote.ts'

const path = '/api/v1/namespaces/default/pods'
const million = 1e6
/** One pod in so many is in the small set that selectors ask for. */
const groups = 1_000

async function fill(lab: Lab, server: ApiServer, load: Child<LoadMethods>): Promise<number> {
  const each = lab.amount(100_000, 1_000) / groups
  const total = each * groups
  const common = pod()
  const rare = {
    ...common,
    metadata: { ...common.metadata, labels: { ...common.metadata?.labels, rare: 'yes' } },
    spec: { ...common.spec, nodeName: 'node-of-the-rare' },
  }
  const post = (body: object, count: number, series: string) =>
    load.call('closedLoop', {
      address: server.address,
      connections: 64,
      count,
      request: { method: 'POST', path, body: JSON.stringify(body), series },
    })
  await post(rare, each, 'rare')
  await post(common, total - each, 'many')
  return total
}

const rss = async ({ process }: ApiServer) => (await process.call('endUsage')).rssBytes

async function on(lab: Lab, storage: StorageKind): Promise<Figure[]> {
  const server = await startApiServer(lab, storage)
  const load = startLoad(lab)
  const empty = await rss(server)
  lab.progress(`many: writing pods on ${storage}`)
  const total = await fill(lab, server, load)
  const count = total.toLocaleString('en-US')
  const settled = await server.process.call('collectGarbage')
  lab.progress(`many: a LIST of ${count} pods`)
  const { result, usage } = await observed(server.process, () =>
    load.call('closedLoop', {
      address: server.address,
      connections: 1,
      count: 3,
      request: { method: 'GET', path },
    }),
  )
  const peak = await server.process.call('peakMemory')
  lab.progress(`many: selectors over ${count} pods`)
  const selected = async (what: string, query: string): Promise<Figure> => ({
    what: `${what} among ${count}, on ${storage}`,
    ...(await compare(lab, server, load, {
      path: `${path}?${query}`,
      connections: 8,
      seconds: lab.amount(3, 0.2),
      rounds: lab.amount(3, 1),
    })),
  })
  const figures: Figure[] = [
    {
      what: `memory for ${count} pods, on ${storage}`,
      measured: { value: (settled.rssBytes - empty) / million, unit: 'MB' },
      notes: [
        `${((settled.rssBytes - empty) / total / 1000).toFixed(1)} KB each; heap ${digitsOf(settled.heapBytes)} MB, outside it ${digitsOf(settled.externalBytes)} MB`,
      ],
    },
    {
      what: `memory at its peak while ${count} are listed, on ${storage}`,
      measured: { value: peak.rssBytes / million, unit: 'MB' },
      against: { what: 'before', value: settled.rssBytes / million },
      target: { atMost: 1.1 },
      notes: [
        `${(result.bytes / result.count / million).toFixed(0)} MB in ${result.p50.toFixed(0)} ms; ${cpuNote(usage, result.count)}; ${stallNote(usage)}`,
      ],
    },
    await selected('LIST by label, 1 in 1,000', 'labelSelector=rare%3Dyes'),
    {
      ...(await selected(
        'LIST by node, 1 in 1,000',
        'fieldSelector=spec.nodeName%3Dnode-of-the-rare',
      )),
      target: { atLeast: 0.5 },
    },
    { ...(await selected('first page of 500', 'limit=500')), target: { atLeast: 0.5 } },
    {
      ...(await selected('LIST by name', `fieldSelector=metadata.name%3D${nameOf('rare', 0)}`)),
      target: { atLeast: 0.5 },
    },
  ]
  await server.stop()
  return figures
}

const digitsOf = (bytes: number) => (bytes / million).toFixed(0)

export const many: Benchmark = {
  name: 'many',
  target: 'a LIST of 100,000 pods adds at most a tenth to what they weigh in memory',
  async run(lab) {
    const onSqlite = await on(lab, 'sqlite')
    return etcdMissing() || lab.effort === 'smoke'
      ? onSqlite
      : [...(await on(lab, 'etcd')), ...onSqlite]
  },
}
