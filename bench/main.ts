/** `npm run bench`: all benchmarks or those that are named, one table at the end. */

import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { Command } from 'commander'
import { sleep } from '../ports/clock.ts'
import { systemClock } from '../ports/system-clock.ts'
import { type Benchmark, type Figure, met, table } from './figure.ts'
import { Lab } from './lab/lab.ts'

/** In the order of the table; loaded when they are run. */
const benchmarks: Record<string, () => Promise<Benchmark>> = {
  create: async () => (await import('./create.ts')).create,
  apply: async () => (await import('./apply.ts')).apply,
  custom: async () => (await import('./custom.ts')).custom,
  get: async () => (await import('./get.ts')).get,
  list: async () => (await import('./list.ts')).list,
  many: async () => (await import('./many.ts')).many,
  watch: async () => (await import('./watch.ts')).watch,
  pods: async () => (await import('./pods.ts')).pods,
  replicas: async () => (await import('./replicas.ts')).replicas,
  start: async () => (await import('./start.ts')).start,
  page: async () => (await import('./page.ts')).page,
  world: async () => (await import('./world.ts')).world,
  past: async () => (await import('./past.ts')).past,
  sieve: async () => (await import('./sieve.ts')).sieve,
  frameworks: async () => (await import('./frameworks.ts')).frameworks,
}

interface Flags {
  json?: string
  profiles?: string
  smoke: boolean
}

interface Outcome {
  name: string
  target: string
  /** How busy others kept the machine just before it began, 0 to 1. */
  othersBusy: number
  figures: Figure[]
  /** Why it was left out. */
  skipped?: string
  error?: string
}

const say = (text: string) => process.stdout.write(`${text}\n`)

/** Resolves to the number of benchmarks that could not be run to their end. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command('bench')
    .description('Benchmarks, each against a limit that is measured in the same run.')
    .argument('[names...]', `only these, of ${Object.keys(benchmarks).join(', ')}`)
    .option('--json <file>', 'write the figures there as well')
    .option('--profiles <directory>', 'API servers leave their CPU profiles there')
    .option('--smoke', 'tiny counts, to see that everything runs; the numbers mean nothing', false)
    .parse(argv, { from: 'user' })
  const { json, profiles, smoke } = program.opts<Flags>()
  const names = program.args.length > 0 ? program.args : Object.keys(benchmarks)
  const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
  if (unknown.length > 0)
    program.error(
      `no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}`,
    )
  say(`${machine()}\n`)
  const outcomes: Outcome[] = []
  for (const name of names) outcomes.push(await runOne(name, { profiles, smoke }))
  say('')
  for (const outcome of outcomes) say(`${report(outcome)}\n`)
  const figures = outcomes.flatMap((outcome) => outcome.figures)
  const judged = figures.filter((figure) => met(figure) !== undefined)
  say(`${judged.filter(met).length} of ${judged.length} targets met`)
  if (json) await writeFile(json, `${JSON.stringify({ machine: machine(), outcomes }, null, 2)}\n`)
  return outcomes.filter(({ error }) => error !== undefined).length
}

async function runOne(
  name: string,
  { profiles, smoke }: Pick<Flags, 'profiles' | 'smoke'>,
): Promise<Outcome> {
  const benchmark = await benchmarks[name]!()
  const othersBusy = await busyShare()
  const outcome: Outcome = { name, target: benchmark.target, othersBusy, figures: [] }
  const skipped = benchmark.obstacle?.()
  if (skipped !== undefined) return { ...outcome, skipped }
  const lab = await Lab.open({
    clock: systemClock,
    progress: (line) => process.stderr.write(`  … ${line}\n`),
    effort: smoke ? 'smoke' : 'full',
    profiles,
  })
  let interrupted: ((error: Error) => void) | undefined
  const interrupt = new Promise<never>((_, reject) => {
    interrupted = reject
  })
  const onSignal = (signal: NodeJS.Signals) => interrupted?.(new Error(`stopped by ${signal}`))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  try {
    return { ...outcome, figures: await Promise.race([benchmark.run(lab), interrupt]) }
  } catch (error) {
    return { ...outcome, error: (error as Error).stack ?? String(error) }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal)
    await lab.close()
  }
}

/** Nothing of ours runs at that moment. */
async function busyShare(): Promise<number> {
  const read = () => {
    const times = cpus().map((cpu) => cpu.times)
    const idle = times.reduce((total, { idle }) => total + idle, 0)
    const all = times.reduce((total, { user, nice, sys, idle, irq }) => {
      return total + user + nice + sys + idle + irq
    }, 0)
    return { idle, all }
  }
  const before = read()
  await sleep(systemClock, 1000)
  const after = read()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

function report({ name, target, othersBusy, figures, skipped, error }: Outcome): string {
  const busy = Math.round(100 * othersBusy)
  const warning = busy > 10 ? ` (others kept ${busy} % of the machine busy)` : ''
  const title = `${name}: ${target}${warning}`
  if (skipped !== undefined) return `${title}\nleft out: ${skipped}`
  if (error !== undefined) return `${title}\nFAILED: ${error}`
  return `${title}\n${table(figures)}`
}

/** What the numbers are worth nothing without. */
function machine(): string {
  const [cpu] = cpus()
  const release = /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} x ${cpu?.model ?? 'CPU'}, ${memory} GiB, ${release}, Node ${process.versions.node}`
}
