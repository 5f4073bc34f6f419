/** What a test pays for a real API server in its own process: the first one, each next one, and requests to it. */

import { join } from 'node:path'
import type { Benchmark, Figure } from './figure.ts'
import type { Lab } from './lab/lab.ts'
import { type Child, startChild } from './lab/remote.ts'
import type { WorldServerMethods } from './lab/world-servers.ts'
import { median } from './statistics.ts'

const file = join(import.meta.dirname, 'lab', 'world-servers.ts')

const process = (lab: Lab): Child<WorldServerMethods> =>
  lab.use(startChild(file, { nodeArgs: ['--expose-gc'] }))

/** In processes of their own, since only the first server of a process is a first one. */
async function firsts(lab: Lab): Promise<Figure[]> {
  const loads: number[] = []
  const starts: number[] = []
  // What the first process compiles, the others find in the cache.
  for (let round = -1; round < lab.amount(7, 1); round++) {
    const child = process(lab)
    const load = await child.call('load')
    const [start = Number.NaN] = await child.call('starts', { count: 1 })
    await child.stop()
    if (round < 0) continue
    loads.push(load)
    starts.push(start)
  }
  return [
    {
      what: 'loading the modules, compiled before',
      measured: { value: median(loads), unit: 'ms' },
    },
    {
      what: 'the first server of a process',
      measured: { value: median(starts), unit: 'ms' },
      target: { atMost: 100 },
      notes: ['with what all later ones begin as'],
    },
  ]
}

async function further(lab: Lab): Promise<Figure[]> {
  const child = process(lab)
  lab.progress('world: the next servers')
  await child.call('starts', { count: lab.amount(50, 2) })
  const next = median(await child.call('starts', { count: lab.amount(200, 2) }))
  lab.progress('world: creates')
  await child.call('creates', { count: lab.amount(2_000, 10) })
  const creates = await child.call('creates', { count: lab.amount(5_000, 10) })
  lab.progress('world: memory')
  const memory = await child.call('memory', { count: lab.amount(50, 2) })
  await child.stop()
  return [
    {
      what: 'each next server',
      measured: { value: next, unit: 'ms' },
      target: { atMost: 10 },
    },
    {
      what: 'create a pod, one after the other',
      measured: { value: creates, unit: 'req/s' },
    },
    {
      what: 'memory of a server at rest',
      measured: { value: memory / 1e6, unit: 'MB' },
      target: { atMost: 2 },
    },
  ]
}

export const world: Benchmark = {
  name: 'world',
  target: 'a server in the process of a test: the first within 100 ms, each next within 10 ms',
  async run(lab) {
    lab.progress('world: first servers')
    return [...(await firsts(lab)), ...(await further(lab))]
  },
}
