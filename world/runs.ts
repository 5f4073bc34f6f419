/**
 * The runs of controllers that are under way in a process. It tells which of them nothing in the World can ever end:
 * those that wait neither for an answer nor for a timer of their own. It ends none of them.
 */

import type { Controller, Key } from '../controllers/framework/index.ts'
import { actor } from './actor.ts'

/** One run of a controller, from its beginning to its end. */
export interface RunUnderWay {
  readonly controller: string
  readonly key: Key
  /** Virtual milliseconds since the epoch. */
  readonly since: number
  /** Timers that it has set and that are still to come: with them it goes on by itself. */
  timers: number
}

/** The same controllers, whose runs are in `runs` while they last. */
export function followed(
  controllers: readonly Controller[],
  runs: Set<RunUnderWay>,
  now: () => number,
): Controller[] {
  return controllers.map((controller) => {
    // Who casts may hand in anything: the manager says what it is.
    if (typeof controller?.reconcile !== 'function') return controller
    const during = async <R>(key: Key, task: () => Promise<R>): Promise<R> => {
      const run: RunUnderWay = { controller: controller.name, key, since: now(), timers: 0 }
      const at = actor.getStore()
      runs.add(run)
      try {
        return await (at ? actor.run({ ...at, run }, task) : task())
      } finally {
        runs.delete(run)
      }
    }
    const { finalizer } = controller
    return {
      ...controller,
      reconcile: (object, context) =>
        during(keyIn(context), async () => controller.reconcile(object, context)),
      ...(finalizer && {
        finalizer: {
          ...finalizer,
          finalize: (object, context) =>
            during(keyIn(context), async () => finalizer.finalize(object, context)),
        },
      }),
    } satisfies Controller
  })
}

/** What an author reads of a context depends on the controller; its key does not. */
const keyIn = (context: { key: Key }): Key => context.key

/** Those that wait for what no time will bring. */
export const stuck = (runs: Iterable<RunUnderWay>): RunUnderWay[] =>
  [...runs].filter(({ timers }) => timers === 0)
