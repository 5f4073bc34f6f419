/** Explores controllers in a process of its own, as a test of them does. */

import { create, patch, remove, type Subject, sieve } from '../../world/index.ts'
import { Parent, parentController } from '../frameworks/ours/controller.ts'
import { serve } from './remote.ts'

export interface Sifted {
  plans: number
  seconds: number
}

export interface SieveMethods {
  [name: string]: (argument: never) => unknown
  /** Everything, or so many plans. */
  run(argument: { maxPlans?: number }): Promise<Sifted>
}

/** What people write most: a few children of one parent, a status, a finalizer. */
const subject: Subject = {
  kinds: [Parent],
  controllers: [parentController],
  scenario: [
    create(Parent, { metadata: { name: 'a' }, spec: { text: 'one' } }),
    patch(Parent, 'a', { spec: { text: 'two' } }),
    remove(Parent, 'a'),
  ],
}

const methods: SieveMethods = {
  async run({ maxPlans = 100_000 }) {
    const start = performance.now()
    const { tried } = await sieve({ ...subject, maxPlans })
    return { plans: tried, seconds: (performance.now() - start) / 1000 }
  },
}
serve(methods)
