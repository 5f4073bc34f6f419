/** Reads what the test reporter wrote, and adds it up. */

import { existsSync, readFileSync, rmSync } from 'node:fs'

export interface Tally {
  passed: number
  failed: number
  /** Titles, with the reason where the test gave one. */
  skipped: string[]
  failures: string[]
}

/** A run that ended without a report, or with an error its report does not know, counts as one failure. */
export function tallyOf(report: string, exitCode: number, files: string[]): Tally {
  const what = files.length === 1 ? files[0] : `${files.length} test files`
  if (!existsSync(report))
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      failures: [`${what}: mocha ended with ${exitCode}`],
    }
  const tally = JSON.parse(readFileSync(report, 'utf8')) as Tally
  rmSync(report)
  if (exitCode === 0 || tally.failed > 0) return tally
  return { ...tally, failed: 1, failures: [`${what}: mocha ended with ${exitCode}`] }
}

export function addTallies(tallies: Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    skipped: tallies.flatMap(({ skipped }) => skipped),
    failures: tallies.flatMap(({ failures }) => failures),
  }
}
