/** `tiphys down`: stops everything and gives the network back; objects, images and certificates stay. */

import { CommandError, type Context } from './context.ts'
import { openLedger } from './ledger.ts'
import { removeEntry } from './remains.ts'
import { type Flags, loadSettings, locate, pathsOf } from './settings.ts'
import { otherInstances } from './siblings.ts'
import { ticked } from './steps.ts'
import { stopInstance } from './stop.ts'

export async function down(context: Context, flags: Flags): Promise<number> {
  const location = locate(context, flags)
  const settings = loadSettings(location)
  if (!settings) {
    context.out.write(`There is no cluster in ${location.dataDir}; nothing to stop.\n`)
    return 0
  }
  if (settings.runtime === 'containerd' && context.uid !== 0)
    throw new CommandError('this cluster was started by root', ['sudo npm stop'])
  const steps = ticked(context)
  const wasRunning = await steps.step(`stop ${settings.name}`, () =>
    stopInstance(context, settings),
  )
  const alone = otherInstances(settings).length === 0
  for (const entry of openLedger(pathsOf(settings).ledger).entries())
    if (
      ['link', 'route', 'nftTable', 'cgroup'].includes(entry.kind) ||
      (alone && entry.kind === 'sysctl')
    )
      await removeEntry(entry, context.clock)
  steps.note(
    wasRunning
      ? `${settings.name} is stopped; its data is in ${settings.dataDir} (npm start goes on with it).`
      : `${settings.name} was not running.`,
  )
  return 0
}
