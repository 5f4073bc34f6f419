/** The same GETs, by the same client, at the API server and at a bare server that sends the same bytes; in turns. */

import type { Figure } from '../figure.ts'
import { median } from '../statistics.ts'
import { type ApiServer, demand } from './api-server.ts'
import { observed, startBareServer } from './children.ts'
import type { Lab } from './lab.ts'
import type { LoadMethods, LoopResult } from './load.ts'
import { cpuNote, stallNote } from './notes.ts'
import type { Child } from './remote.ts'
import type { Usage } from './usage.ts'

export interface CompareOptions {
  path: string
  connections: number
  seconds: number
  rounds: number
}

interface Round {
  result: LoopResult
  usage: Usage
}

const rate = ({ result }: Round) => result.count / result.seconds
const cpu = ({ result, usage }: Round) => usage.cpuMs / result.count

export async function compare(
  lab: Lab,
  server: ApiServer,
  load: Child<LoadMethods>,
  { path, connections, seconds, rounds }: CompareOptions,
): Promise<Pick<Figure, 'measured' | 'against' | 'notes'>> {
  const bare = await startBareServer(lab, await demand(server.address, 'GET', path))
  const request = { method: 'GET', path } as const
  const round = ({ address, process }: Pick<ApiServer, 'address' | 'process'>): Promise<Round> =>
    observed(process, () => load.call('closedLoop', { address, connections, request, seconds }))
  await round(server)
  await round(bare)
  const ours: Round[] = []
  const limit: Round[] = []
  for (let n = 0; n < rounds; n++) {
    ours.push(await round(server))
    limit.push(await round(bare))
  }
  await bare.process.stop()
  const last = ours.at(-1)!
  const cpuRatio = median(limit.map(cpu)) / median(ours.map(cpu))
  const { count, bytes, p50, p99 } = last.result
  return {
    measured: { value: median(ours.map(rate)), unit: 'req/s' },
    against: { what: 'bare node:https', value: median(limit.map(rate)) },
    notes: [
      `${Math.round(bytes / count).toLocaleString('en-US')} bytes; p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; by CPU time ${cpuRatio.toFixed(2)}x; ${cpuNote(last.usage, count)}; ${stallNote(last.usage)}`,
    ],
  }
}
