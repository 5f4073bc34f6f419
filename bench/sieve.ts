/** What it takes to try everything that can go wrong with a controller. */

import { join } from 'node:path'
import type { Benchmark } from './figure.ts'
import { startChild } from './lab/remote.ts'
import type { SieveMethods } from './lab/sieves.ts'

export const sieve: Benchmark = {
  name: 'sieve',
  target: 'a typical controller in every way that its scenario can go wrong within 30 s',
  async run(lab) {
    const child = lab.use(startChild<SieveMethods>(join(import.meta.dirname, 'lab', 'sieves.ts')))
    lab.progress('sieve: a few plans first')
    await child.call('run', { maxPlans: lab.amount(100, 2) })
    lab.progress('sieve: all of them')
    const { plans, seconds } = await child.call('run', lab.amount(1, 0) ? {} : { maxPlans: 5 })
    await child.stop()
    return [
      {
        what: 'all plans for a parent with two children, status and finalizer',
        measured: { value: seconds, unit: 's' },
        target: { atMost: 30 },
        notes: [`${plans.toLocaleString('en-US')} plans; with the garbage collector beside it`],
      },
      { what: 'plans, each a World of its own', measured: { value: plans / seconds, unit: '/s' } },
    ]
  },
}
