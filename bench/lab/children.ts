/** The other processes of a benchmark, started for a lab. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BareMethods } from './bare-server.ts'
import type { Address, Response } from './connection.ts'
import type { Lab } from './lab.ts'
import type { LoadMethods } from './load.ts'
import { pkiOf } from './pki.ts'
import { type Child, startChild } from './remote.ts'
import type { StoreMethods } from './store-writer.ts'
import type { Usage, UsageMethods } from './usage.ts'

const file = (name: string) => join(import.meta.dirname, name)

export const startLoad = (lab: Lab): Child<LoadMethods & UsageMethods> =>
  lab.use(startChild(file('load.ts')))

export const startStoreWriter = (lab: Lab, args: string[]): Child<StoreMethods & UsageMethods> =>
  lab.use(startChild(file('store-writer.ts'), { args }))

export interface BareServer {
  address: Address
  process: Child<BareMethods & UsageMethods>
}

/** `node:https` alone, answering with what another server answered: same head, same body. */
export async function startBareServer(lab: Lab, like: Response): Promise<BareServer> {
  const pki = await pkiOf(lab)
  const process = lab.use(
    startChild<BareMethods & UsageMethods>(file('bare-server.ts'), { args: [pki.directory] }),
  )
  const body = lab.path(`body-${process.pid}`)
  await writeFile(body, like.body ?? '')
  await process.call('content', { headers: headersOf(like), file: body })
  return { address: { ...pki.client, port: await process.call('listen') }, process }
}

/** Those that Node adds by itself are left to it. */
const ownHeaders = new Set(['date', 'connection', 'keep-alive', 'content-length'])

function headersOf({ head }: Response): Record<string, string> {
  const lines = head.split('\r\n').slice(1)
  const pairs = lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string])
  return Object.fromEntries(pairs.filter(([name]) => !ownHeaders.has(name.toLowerCase())))
}

/** Runs `work` and says what the server used meanwhile. */
export async function observed<T>(
  process: Pick<Child<UsageMethods>, 'call'>,
  work: () => Promise<T>,
): Promise<{ result: T; usage: Usage }> {
  await process.call('beginUsage')
  const result = await work()
  return { result, usage: await process.call('endUsage') }
}
