/**
 * `npm test`: brings what tests need (packages), then types, lint, unit and integration tests, then the end-to-end tests
 * one file after the other. Ends with one plain line; the exit code is 0 only when nothing failed.
 */

import { globSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run, runInherited } from './command.ts'
import type { Context } from './context.ts'
import { install, missing, type Requirement, requirementsOf, testRequirements } from './packages.ts'
import { ticked } from './steps.ts'
import { addTallies, type Tally, tallyOf } from './test-report.ts'

const shardCount = 2
/** A process that takes longer hangs. */
const processTimeoutMs = 12 * 60_000
/** Long enough for a cluster to start on a slow machine; single tests set less. */
const e2eTimeoutMs = 180_000

export async function runTests(
  context: Context,
  files: string[],
  { e2e }: { e2e: boolean },
): Promise<number> {
  const everything = files.length === 0
  await bringPackages(context)
  const checks = everything
    ? await Promise.all([types(context), pageTypes(context), lint(context)])
    : []
  const chosen = (pattern: string) => matching(context.root, pattern, files)
  const units = await Promise.all(
    shards(chosen('**/*.test.ts'), shardCount).map((shard) => mocha(context, shard, [])),
  )
  const ends: Tally[] = []
  if (e2e)
    for (const file of chosen('test/e2e/*.e2e.ts'))
      ends.push(await mocha(context, [file], [`--timeout=${e2eTimeoutMs}`]))
  return conclude(context, addTallies([...checks, ...units, ...ends]))
}

/**
 * Files go round: each process gets every second one. In the workers of mocha's own parallel mode parts of Node are
 * missing, TLS among them.
 */
function shards(files: string[], count: number): string[][] {
  return Array.from({ length: count }, (_, n) => files.filter((_, index) => index % count === n))
}

/** What real containers and etcd need; without it those tests are skipped, and say so. */
async function bringPackages(context: Context): Promise<void> {
  await bring(context, missing(requirementsOf({ storage: 'etcd', runtime: 'containerd' })))
  // By themselves: a system that has no such package lacks nothing else for that.
  await bring(context, missing(testRequirements))
}

async function bring(context: Context, lacking: Requirement[]): Promise<void> {
  if (lacking.length === 0) return
  const names = lacking.map((requirement) => requirement.package).join(' ')
  const steps = ticked(context)
  if (context.uid !== 0) return steps.note(`not root, so these stay missing: ${names}`)
  await steps
    .step(`install ${names}`, () => install(context, lacking))
    .catch((error: Error) => {
      steps.note(`tests that need ${names} will be skipped: ${error.message}`)
    })
}

const types = (context: Context) => check(context, 'types', ['node_modules/.bin/tsc', '--noEmit'])

/** A browser has other things around it than Node. */
const pageTypes = (context: Context) =>
  check(context, 'types of the page', ['node_modules/.bin/tsc', '-p', 'dashboard/page'])

const lint = (context: Context) =>
  check(context, 'format and lint', ['node_modules/.bin/biome', 'check', '.'])

/** One check counts as one test. */
async function check(
  context: Context,
  title: string,
  [program = '', ...args]: string[],
): Promise<Tally> {
  const steps = ticked(context)
  const failed = () => ({ passed: 0, failed: 1, skipped: [], failures: [title] })
  try {
    await steps.step(title, async () => {
      const code = await runInherited(join(context.root, program), args, {
        cwd: context.root,
        env: context.env,
      })
      if (code !== 0) throw new Error(`${program} ended with ${code}`)
    })
    return { passed: 1, failed: 0, skipped: [], failures: [] }
  } catch (error) {
    steps.note((error as Error).message)
    return failed()
  }
}

function matching(root: string, pattern: string, files: string[]): string[] {
  const all = globSync(pattern, { cwd: root, exclude: ['node_modules', 'dist', '.git'] }).sort()
  if (files.length === 0) return all
  const wanted = files.map((file) => relative(root, file))
  return all.filter((file) => wanted.some((want) => file === want || file.startsWith(`${want}/`)))
}

/** Its output appears when it is done: several run at once. */
async function mocha(context: Context, files: string[], options: string[]): Promise<Tally> {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: [], failures: [] }
  const cache = join(context.root, 'node_modules', '.cache', 'tiphys')
  const report = join(cache, `report-${context.random.uuid()}.json`)
  const program = join(context.root, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const reporter = [
    `--reporter=${join(context.root, 'cli', 'test-reporter.mjs')}`,
    `--reporter-option=file=${report}`,
  ]
  // `--exit`: a handle that a test forgot must not keep the others waiting.
  const args = [program, '--exit', ...reporter, ...options, ...files]
  const { code, stdout, stderr } = await run(context.node, args, {
    cwd: context.root,
    env: context.env,
    timeoutMs: processTimeoutMs,
  })
  context.out.write(stdout + stderr)
  return tallyOf(report, code, files)
}

function conclude(context: Context, { passed, failed, skipped, failures }: Tally): number {
  const { out } = context
  if (skipped.length > 0) out.write('\nskipped:\n')
  for (const title of skipped) out.write(`  - ${title}\n`)
  if (failures.length > 0) out.write('\nfailed:\n')
  for (const title of failures) out.write(`  ✗ ${title}\n`)
  out.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`)
  return failed > 0 ? 1 : 0
}
