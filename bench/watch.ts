/**
 * Fan-out: every event to 1,000 watchers, against a bare server that writes one buffer to as many sockets; and how
 * long an event takes to 100 watchers at 500 writes a second.
 */

import { etcdMissing } from '../apiserver/storage/etcd-process.ts'
import type { Benchmark, Figure } from './figure.ts'
import { type ApiServer, demand, type StorageKind, startApiServer } from './lab/api-server.ts'
import { pod } from './lab/bodies.ts'
import { type BareServer, observed, startBareServer, startLoad } from './lab/children.ts'
import type { Response } from './lab/connection.ts'
import type { Lab } from './lab/lab.ts'
import type { LoadMethods } from './lab/load.ts'
import { cpuNote, stallNote } from './lab/notes.ts'
import type { Child } from './lab/remote.ts'
import type { FanOut } from './lab/streams.ts'
import type { Usage } from './lab/usage.ts'
import { median } from './statistics.ts'

const pods = '/api/v1/namespaces/default/pods'
const body = JSON.stringify(pod())

/** From now on: nothing that is there is told. */
async function watchPath({ address }: ApiServer): Promise<string> {
  const { body: list } = await demand(address, 'GET', `${pods}?limit=1`)
  const { metadata } = JSON.parse(`${list}`) as { metadata: { resourceVersion: string } }
  return `${pods}?watch=true&timeoutSeconds=600&resourceVersion=${metadata.resourceVersion}`
}

interface Round {
  result: FanOut
  usage: Usage
}

const rate = ({ result }: Round) => result.deliveries / result.seconds
const cpu = ({ result, usage }: Round) => usage.cpuMs / result.deliveries

async function fanOut(lab: Lab, storage: StorageKind): Promise<Figure> {
  const watchers = lab.amount(1_000, 10)
  const events = lab.amount(60, 5)
  lab.progress(`watch: ${watchers} watchers on ${storage}`)
  const server = await startApiServer(lab, storage)
  const first = await demand(server.address, 'POST', pods, pod())
  const bare = await startBareServer(lab, first)
  const [ours, theirs] = [startLoad(lab), startLoad(lab)]
  const path = await watchPath(server)
  await ours.call('openStreams', { address: server.address, path, count: watchers })
  await theirs.call('openStreams', { address: bare.address, path: '/stream', count: watchers })
  const byServer: Round[] = []
  const byBare: Round[] = []
  // The first round of each does not count.
  for (let round = 0; round <= lab.amount(3, 1); round++) {
    byServer.push(await written(server, ours, events))
    const bytes = Math.round(byServer[0]!.result.bytes / byServer[0]!.result.deliveries)
    byBare.push(await broadcast(bare, theirs, events, bytes))
  }
  for (const process of [ours, theirs, bare.process, server.process]) await process.stop()
  const counted = byServer.slice(1)
  const limit = byBare.slice(1)
  const { usage, result } = counted.at(-1)!
  const cpuRatio = median(limit.map(cpu)) / median(counted.map(cpu))
  return {
    what: `watch: events delivered to ${watchers.toLocaleString('en-US')} watchers`,
    measured: { value: median(counted.map(rate)), unit: 'events/s' },
    against: { what: 'one buffer to the same sockets', value: median(limit.map(rate)) },
    target: { atLeast: 0.6 },
    notes: [
      `by CPU time ${cpuRatio.toFixed(2)}x; ${cpuNote(usage, result.deliveries)}; ${stallNote(usage)}`,
    ],
  }
}

/** Creates pods, a few at a time, until every watcher has heard of all. */
function written(server: ApiServer, load: Child<LoadMethods>, events: number): Promise<Round> {
  return observed(server.process, async () => {
    const arrived = load.call('expectEvents', { perStream: events })
    await load.call('closedLoop', {
      address: server.address,
      connections: 8,
      count: events,
      request: { method: 'POST', path: pods, body, series: 'fano' },
    })
    return arrived
  })
}

function broadcast(
  { process }: BareServer,
  load: Child<LoadMethods>,
  events: number,
  bytes: number,
): Promise<Round> {
  return observed(process, async () => {
    const arrived = load.call('expectEvents', { perStream: events })
    await process.call('broadcast', { events, bytes })
    return arrived
  })
}

const ms = (value: number) => `${value.toFixed(1)} ms`

interface Pace {
  watchers: number
  perSecond: number
  seconds: number
}

/** One buffer to as many sockets at the same pace, without a write before it: what this machine can do just now. */
async function bareLatency(lab: Lab, like: Response, pace: Pace): Promise<string> {
  const bare = await startBareServer(lab, like)
  const load = startLoad(lab)
  const { watchers, perSecond, seconds } = pace
  await load.call('openStreams', { address: bare.address, path: '/stream', count: watchers })
  const events = perSecond * seconds
  await load.call('beginArrivals', { events })
  const bytes = like.length
  const sentAt = await bare.process.call('drip', { events, bytes, perSecond })
  const { p50, p99, max } = await load.call('latenciesSince', { sentAt })
  for (const process of [load, bare.process]) await process.stop()
  return `a bare server at the same pace: p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(max)}`
}

async function latency(lab: Lab, storage: StorageKind): Promise<Figure> {
  const pace = {
    watchers: lab.amount(100, 5),
    perSecond: lab.amount(500, 50),
    seconds: lab.amount(8, 1),
  }
  const { watchers, perSecond } = pace
  lab.progress(`watch: ${perSecond} writes/s to ${watchers} watchers on ${storage}`)
  const server = await startApiServer(lab, storage)
  const load = startLoad(lab)
  const like = await demand(server.address, 'POST', pods, pod())
  const path = await watchPath(server)
  await load.call('openStreams', { address: server.address, path, count: watchers })
  const paced = (series: string, seconds: number) =>
    load.call('paced', {
      address: server.address,
      perSecond,
      count: perSecond * seconds,
      request: { method: 'POST', path: pods, body, series },
    })
  await paced('warm', 2)
  const { result, usage } = await observed(server.process, () => paced('pace', pace.seconds))
  for (const process of [load, server.process]) await process.stop()
  const bare = await bareLatency(lab, like, pace)
  return {
    what: `watch: commit to client p99, ${perSecond} writes/s, ${watchers} watchers, on ${storage}`,
    measured: { value: result.p99, unit: 'ms' },
    target: { atMost: 20 },
    notes: [
      `counted from sending the write, its commit included: p50 ${ms(result.p50)}, longest ${ms(result.max)}; from its answer: p50 ${ms(result.afterAnswerP50)}, p99 ${ms(result.afterAnswerP99)}; the write itself: p50 ${ms(result.writeP50)}, p99 ${ms(result.writeP99)}`,
      `${bare}; server CPU ${share(usage)}; ${stallNote(usage)}`,
    ],
  }
}

const share = ({ cpuMs, wallMs }: Usage) => `${Math.round((100 * cpuMs) / wallMs)} %`

async function run(lab: Lab): Promise<Figure[]> {
  if (etcdMissing()) return [await fanOut(lab, 'sqlite'), await latency(lab, 'sqlite')]
  return [await fanOut(lab, 'etcd'), await latency(lab, 'etcd'), await latency(lab, 'sqlite')]
}

export const watch: Benchmark = {
  name: 'watch',
  target:
    '1,000 watchers: at least 0.6 of a bare server; 500 writes/s to 100 watchers: p99 at most 20 ms',
  run,
}
