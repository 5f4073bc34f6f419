/** Says what does harm, so that a reader can see it, and a test can repeat it. */

import { Aliases, isChatter, lineOf } from './canonical.ts'
import type { Plan } from './plan.ts'
import type { Sifted } from './sift.ts'
import { type Step, stepWords } from './steps.ts'
import type { Subject } from './subject.ts'
import type { Trace } from './trace.ts'
import type { Failure } from './trial.ts'

/** Controllers do not do what they should under one plan. */
export class SieveError extends Error {
  override name = 'SieveError'
  readonly plan: Plan
  readonly seed: number
  readonly steps: readonly Step[]
  readonly oracle: Failure['violation']['oracle']
  /** A test that fails as long as this does. */
  readonly test: string

  constructor(subject: Subject, failure: Failure, sifted?: Sifted) {
    const test = testOf(subject, failure)
    super(textOf(failure, test, sifted))
    this.plan = failure.planned.plan
    this.seed = failure.seed
    this.steps = failure.steps
    this.oracle = failure.violation.oracle
    this.test = test
  }
}

function textOf(failure: Failure, test: string, sifted: Sifted | undefined): string {
  const { planned, violation, steps, seed } = failure
  const tried = sifted ? `, plan ${sifted.tried} of ${sifted.plans}` : ''
  return [
    `${violation.message} (${violation.oracle}).`,
    '',
    `What goes wrong: ${planned.words}.`,
    `Seed ${seed}${tried}. The smallest scenario that shows it:`,
    ...steps.map((step, index) => `  ${index + 1}. ${stepWords(step)}`),
    ...comparison(failure),
    '',
    'As a test:',
    '',
    test,
  ].join('\n')
}

/** Writes that are shown before the first that differs. */
const context = 3

/** The first write that differs, beside what happens when nothing goes wrong. */
function comparison({ trace, reference, violation, planned }: Failure): string[] {
  const actual = linesOf(withoutChatter(trace))
  const shown = showOne(linesOf(trace), violation.write)
  if (planned.plan.type === 'undisturbed' || planned.plan.type === 'rollback') return shown
  const expected = linesOf(withoutChatter(reference.trace))
  const at = expected.findIndex((line, index) => line !== actual[index])
  const first = at < 0 ? expected.length : at
  if (first >= expected.length && first >= actual.length) return shown
  return [
    '',
    'The first write that differs, after others that are the same:',
    ...expected.slice(Math.max(0, first - context), first).map((line) => `           ${line}`),
    `  expected ${expected[first] ?? 'nothing more'}`,
    `  actual   ${actual[first] ?? 'nothing more'}`,
    ...shown,
  ]
}

const showOne = (lines: readonly string[], write: number | undefined): string[] =>
  write === undefined ? [] : ['', 'It shows here:', `           ${lines[write - 1]}`]

function linesOf({ prologue, log }: Trace): string[] {
  const aliases = Aliases.of([...prologue, ...log])
  return log.map((entry) => lineOf(entry, aliases))
}

/** What everybody writes all the time is in nobody's way. */
const withoutChatter = (trace: Trace): Trace => ({
  ...trace,
  log: trace.log.filter(({ kind }) => !isChatter(kind)),
})

/** A mocha test that runs this plan alone. */
function testOf(subject: Subject, { planned, steps, seed, violation }: Failure): string {
  const { name, module } = subject.exported ?? { name: 'subject', module: './subject.ts' }
  const title = `${violation.oracle}: ${planned.words}`
  return [
    `import { replay } from 'tiphys/world'`,
    `import { ${name} } from ${quoted(module)}`,
    '',
    `it(${quoted(title)}, () =>`,
    `  replay(${name}, {`,
    `    seed: ${seed},`,
    '    steps: [',
    ...steps.map((step) => `      ${JSON.stringify(step)},`),
    '    ],',
    `    plan: ${JSON.stringify(planned.plan)},`,
    '  }))',
  ].join('\n')
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
