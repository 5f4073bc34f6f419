/** `npm run fuzz`: for as long as one likes, with any seed. Ends with 1 when something was found. */

import { Command, Option } from 'commander'
import { openEtcd } from '../../apiserver/storage/etcd.ts'
import { startEtcd } from '../../apiserver/storage/etcd-process.ts'
import { describeFinding, fuzz } from './run.ts'

const program = new Command('fuzz')
  .description(
    'Send made-up requests to an API server of its own and report what must never happen.',
  )
  .option('--seconds <seconds>', 'how long', '60')
  .option('--seed <seed>', 'where chance begins; a number', '1')
  .option('--requests <count>', 'stop after so many')
  .addOption(new Option('--store <store>', 'on what').choices(['sqlite', 'etcd']).default('sqlite'))
  .parse()
const { seconds, seed, requests, store } = program.opts<{
  seconds: string
  seed: string
  requests?: string
  store: 'sqlite' | 'etcd'
}>()
const etcd = store === 'etcd' ? await startEtcd() : undefined
const storage = etcd && openEtcd({ endpoints: [etcd.endpoint], timeoutMs: 5_000 })
const result = await fuzz({
  seed: Number(seed),
  seconds: Number(seconds),
  ...(requests !== undefined && { requests: Number(requests) }),
  ...(storage && { storage }),
}).finally(async () => {
  await storage?.close()
  await etcd?.stop()
})
for (const finding of result.findings) console.log(`${describeFinding(finding)}\n`)
const codes = [...result.codes].sort(([one], [other]) => one - other)
console.log(`${result.requests} requests: ${codes.map(([code, n]) => `${n} x ${code}`).join(', ')}`)
console.log(`longest computation without a pause: ${result.longestStallMs.toFixed(0)} ms`)
console.log(`${result.findings.length} findings (seed ${seed})`)
process.exit(result.findings.length > 0 ? 1 : 0)
