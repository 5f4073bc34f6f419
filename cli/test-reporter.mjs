/**
 * mocha's own `spec` output, and beside it a small JSON report for `run-tests` to add up. Plain JavaScript because mocha
 * loads it by itself.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import mocha from 'mocha'

const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
  mocha.Runner.constants

export default class TallyReporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const tally = { passed: 0, failed: 0, skipped: [], failures: [] }
    runner.on(EVENT_TEST_PASS, () => tally.passed++)
    runner.on(EVENT_TEST_FAIL, (test) => {
      tally.failed++
      tally.failures.push(test.fullTitle())
    })
    runner.on(EVENT_TEST_PENDING, (test) => tally.skipped.push(test.fullTitle()))
    runner.on(EVENT_RUN_END, () => {
      const { file } = options.reporterOptions ?? options.reporterOption ?? {}
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(tally))
    })
  }
}
