/** Waits for what a test expects to become true, by watching, never by looking again and again. */

import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { type Cluster, Informers, type Kind, type WithMeta } from '../framework/index.ts'

/** Resolves with all objects of `kind` as soon as `holds`; the test's own time is the bound. */
export async function until<T extends WithMeta>(
  cluster: Cluster,
  kind: Kind<T>,
  holds: (objects: T[]) => boolean,
): Promise<T[]> {
  const informers = new Informers({ cluster, clock: systemClock, random: systemRandom })
  const informer = informers.of(kind)
  try {
    return await new Promise<T[]>((resolve) => {
      const look = () => {
        if (!informer.synced) return
        const objects = informer.reader.list()
        if (holds(objects)) resolve(objects)
      }
      informer.changes$.subscribe(look)
      informer.state$.subscribe(look)
    })
  } finally {
    informers.stop()
  }
}
