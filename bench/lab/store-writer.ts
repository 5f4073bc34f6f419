/**
 * The limit of a durable create: the same loop of the same bodies written straight into the store, without server.
 * Run as a process: `store-writer.ts etcd ENDPOINT PREFIX` or `store-writer.ts sqlite FILE`.
 */

import { openEtcd } from '../../apiserver/storage/etcd.ts'
import { openSqlite } from '../../apiserver/storage/sqlite.ts'
import { percentile } from '../statistics.ts'
import { nameOf, namePlaceholder } from './bodies.ts'
import type { LoopResult } from './load.ts'
import { serve } from './remote.ts'
import './usage.ts'

const [kind = '', place = '', prefix = ''] = process.argv.slice(2)
const storage =
  kind === 'etcd' ? openEtcd({ endpoints: [place], prefix }) : await openSqlite({ file: place })

let written = 0

const methods = {
  async closedLoop({
    inFlight,
    seconds,
    body,
  }: {
    inFlight: number
    seconds: number
    body: string
  }): Promise<LoopResult> {
    const times: number[] = []
    const start = performance.now()
    const parts = body.split(namePlaceholder)
    const loop = async () => {
      while (performance.now() - start < seconds * 1000) {
        const name = nameOf('stor', written++)
        const begun = performance.now()
        const value = Buffer.from(parts.join(name))
        const { ok } = await storage.write({ key: `/registry/bench/${name}`, value, expect: 0 })
        if (!ok) throw new Error(`${name} is there already`)
        times.push(performance.now() - begun)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, loop))
    return {
      count: times.length,
      seconds: (performance.now() - start) / 1000,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      bytes: times.length * body.length,
    }
  },
}

export type StoreMethods = typeof methods

serve(methods)
process.channel?.ref()
process.once('SIGTERM', () => storage.close().then(() => process.exit(0)))
