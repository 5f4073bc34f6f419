/** Where a program of controllers meets its process: environment, signals, the exit code. Nothing else in here. */

import { hostname } from 'node:os'
import { systemRandom } from '../../ports/random.ts'
import { systemClock } from '../../ports/system-clock.ts'
import { exitCodes, type Program, runProgram } from './program.ts'

/**
 * Runs a program of controllers, and ends the process: with 0 when SIGTERM or SIGINT asked for it, 1 when it has lost
 * its lease or could not begin, 2 when the arguments were refused, 3 when it may not do what its controllers declare.
 *
 *     import { main } from 'tiphys'
 *     await main({ name: 'site', kinds: [Site], controllers: [siteController] }, process.argv.slice(2))
 *
 * `--help` tells of its flags; `manifests` prints what a cluster needs to run it. Logs are lines of JSON on stdout.
 */
export async function main(program: Program, argv: readonly string[]): Promise<void> {
  const stop = new AbortController()
  // The second signal ends it as the platform does.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  try {
    process.exitCode = await runProgram(program, argv, {
      clock: systemClock,
      random: systemRandom,
      env: process.env,
      hostname: hostname(),
      stop: stop.signal,
      write: (text) => process.stdout.write(text),
      complain: (text) => process.stderr.write(text),
    })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = exitCodes.failed
  }
  process.exit()
}
